/*
 * mbedTLS's TLS layer, with a way to the headers of its serialised forms. They name the library's version and the layout of
 * the body; an export of ours keeps the layout and leaves the version out, so that an upgrade keeps live connections.
 */
#include "ssl_tls.c"
#include "shim.h"

_Static_assert(sizeof ssl_serialized_session_header == SESSION_HEADER_BYTES, "the form of exported sessions changed");
_Static_assert(sizeof ssl_serialized_context_header == CONTEXT_HEADER_BYTES, "the form of exported connections changed");

const byte *const tls_layer_session_header = ssl_serialized_session_header;
const byte *const tls_layer_context_header = ssl_serialized_context_header;
