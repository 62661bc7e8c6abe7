#pragma once
#include <zlib.h>

// The macro passes the library's version and the structure's size, and macros with arguments don't reach Swift.
static inline int martlet_inflate_raw(z_stream *stream) { return inflateInit2(stream, -MAX_WBITS); }
