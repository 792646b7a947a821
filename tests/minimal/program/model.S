/* The model file as an array of the program, where the library wants it: at a multiple of 64 bytes. */
.section .rodata
.global model_begin, model_end
.balign 64
model_begin:
.incbin MIEN_MODEL_FILE
model_end:
.section .note.GNU-stack, "", %progbits
