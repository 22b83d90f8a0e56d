/*
 * mbedTLS's TLS layer, with a way to the headers of its serialised forms. They name the library's version and the layout of
 * the body. Exports of ours name neither but a layout of our own: an upgrade that leaves the meaning alone keeps connections.
 */
#include "ssl_tls.c"
#include "shim.h"

_Static_assert(sizeof ssl_serialized_session_header == SESSION_HEADER_BYTES, "the form of exported sessions changed");
_Static_assert(sizeof ssl_serialized_context_header == CONTEXT_HEADER_BYTES, "the form of exported connections changed");

/*
 * Time, a client's ticket, fragment length, server's ticket; connection ID, bad-MAC counter, replay window. mbedTLS's bodies
 * have one thing more, the digest of the peer's certificate: it is taken out, so that a connection with a pre-shared key is
 * the same bytes as from an engine that knew no certificates.
 */
const byte tls_layer_layout[LAYOUT_BYTES] = {0x00, 0x2d, 0x00, 0x00, 0x07};
_Static_assert(SSL_SERIALIZED_SESSION_CONFIG_BITFLAG == 0x2f, "the body of exported sessions changed");
_Static_assert(SSL_SERIALIZED_CONTEXT_CONFIG_BITFLAG == 0x07, "the body of exported connections changed");

const byte *const tls_layer_session_header = ssl_serialized_session_header;
const byte *const tls_layer_context_header = ssl_serialized_context_header;
