#ifndef SALLYPORT_CNGHTTP2_SHIM_H
#define SALLYPORT_CNGHTTP2_SHIM_H

// Needs nghttp2 1.61, or Debian 12's 1.52.0-1+deb12u2 and later, which has the fixes for
// CVE-2023-44487 and CVE-2024-28182 with their two options
// (nghttp2_option_set_stream_reset_rate_limit, nghttp2_option_set_max_continuations).
// Without them the build fails at their call, which is meant: a library without the fixes is not used.
#include <nghttp2/nghttp2.h>

#endif
