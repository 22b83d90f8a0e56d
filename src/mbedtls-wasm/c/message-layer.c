/* mbedTLS's message layer, with a way to its stateless cookie check (RFC 6347 section 4.2.1), which it keeps to itself. */
#include "ssl_msg.c"
#include "shim.h"

int message_layer_check_cookie(mbedtls_ssl_context *ssl, const byte *id, size_t id_length, const byte *in, size_t n,
                               byte *out, size_t cap, size_t *length) {
  return mbedtls_ssl_check_dtls_clihlo_cookie(ssl, id, id_length, in, n, out, cap, length);
}
