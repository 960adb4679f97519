#include "build_info.h"

#ifndef SALLYPORT_COMMIT
#define SALLYPORT_COMMIT "unknown"
#endif

const char *sallyport_commit(void) { return SALLYPORT_COMMIT; }
