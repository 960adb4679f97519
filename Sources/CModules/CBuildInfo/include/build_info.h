#ifndef SALLYPORT_BUILD_INFO_H
#define SALLYPORT_BUILD_INFO_H

/// The commit that this was built from: 40 hexadecimal digits, "-dirty" after them where the work
/// tree had changes, or "unknown" outside a Git checkout. Static storage.
const char *sallyport_commit(void);

#endif
