/* What face_c_api_test.cpp calls of face_header_c99.c. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif
/* 1 if every _INIT macro of face.h sets struct_size and the defaults that it promises. */
int face_initialisers_set_sizes(void);
#ifdef __cplusplus
}
#endif
