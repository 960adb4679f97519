// libFuzzer's own entry point, for programs with a main of their own: it is in the compiler's runtime,
// which has no header (https://llvm.org/docs/LibFuzzer.html).
#pragma once
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerRunDriver(int *argc, char ***argv,
                        int (*test)(const uint8_t *data, size_t count));
