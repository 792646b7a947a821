/* The bytes of a .mien file as read-only data: cc -c -DMODEL='"FILE.mien"' model.S. Any GNU assembler, any processor. */
        .section .rodata
        .balign 64                      /* so that the weights are used where they lie */
        .global embedded_model
        .global embedded_model_end
embedded_model:
        .incbin MODEL
embedded_model_end:
#if defined(__ELF__)
        .section .note.GNU-stack, "", %progbits
#endif
