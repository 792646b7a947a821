/* What c_api_test.cpp calls of header_c99.c. */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif
/* 1 if every _INIT macro sets struct_size and the defaults that mien.h promises. */
int initialisers_set_sizes(void);
#ifdef __cplusplus
}
#endif
