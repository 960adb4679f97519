#ifndef SALLYPORT_CLIBGIT2_SHIM_H
#define SALLYPORT_CLIBGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/transport.h>
#include <git2/sys/errors.h>

#endif
