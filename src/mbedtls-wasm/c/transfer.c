/*
 * Live connections as bytes, and back, without disturbing the one that is written down.
 *
 *   4 magic and version | 1 role | 5 layout of the body | 1 length, identity | 32 SHA-256 of the peer's certificate
 *     | body | 8 SHA-256 over all before, cut
 *
 * Version 1: a pre-shared key, no SHA-256 of a certificate; version 2: a certificate. The body is mbedTLS's own form without
 * its header (which refuses every other version of the library, while what counts is the layout and meaning of the body) and
 * without the digest in the midst of its session. The digest at the end finds damage; it is no protection against a forger:
 * whoever keeps exports must seal them, they hold the master secret.
 */
#include "shim.h"
#include "mbedtls/sha256.h"

#define FIXED_BYTES 11
#define DIGEST_BYTES 8
static const byte magic[3] = {'H', 'f', 'C'};

static int digest(const byte *p, size_t n, byte out[DIGEST_BYTES]) {
  byte full[32];
  int r = mbedtls_sha256(p, n, full, 0);
  memcpy(out, full, DIGEST_BYTES);
  return r;
}

/*
 * mbedtls_ssl_context_save resets the context when it succeeds. With a buffer that is one byte too small it writes all
 * fields but the last, the two bytes of the MTU, and leaves the context alone: the MTU is added here. While our final flight
 * may still be asked for again, mbedTLS keeps the handshake and refuses: it is out of sight for the length of the call.
 */
static int save_body(mbedtls_ssl_context *s, byte *out, size_t cap) {
  mbedtls_ssl_handshake_params *handshake = s->handshake;
  mbedtls_ssl_transform *transform = s->transform;
  size_t n = 0;
  s->handshake = NULL;
  s->transform = s->transform_out;
  int r = mbedtls_ssl_context_save(s, NULL, 0, &n);
  if (r == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL && n <= cap) {
    r = mbedtls_ssl_context_save(s, out, n - 1, &n);
    if (r == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL) {
      MBEDTLS_PUT_UINT16_BE(s->mtu, out, n - 2);
      r = (int) n;
    }
  }
  s->handshake = handshake;
  s->transform = transform;
  return r == 0 ? MBEDTLS_ERR_SSL_INTERNAL_ERROR : r;
}

/* mbedTLS's body, in place, as ours: its session without the digest. Returns the length. */
static size_t body_without_digest(byte *body, size_t n) {
  size_t kept = session_without_digest(body + 4, n - 4), taken = n - 4 - kept;
  MBEDTLS_PUT_UINT32_BE(MBEDTLS_GET_UINT32_BE(body, 0) - taken, body, 0);
  return 4 + kept;
}

/* The connection at area_out: its length, or a negative code. */
EXPORT(connectionExport) int connection_export(connection *k) {
  mbedtls_ssl_context *s = &k->ssl;
  if (s->state != MBEDTLS_SSL_HANDSHAKE_OVER || !s->session || !s->transform_out) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  byte identity_length = k->identity_kind == IDENTITY_NONE ? 0 : k->identity_length;
  const byte *peer = s->session->peer_cert_digest;
  size_t head = FIXED_BYTES + identity_length + (peer ? PEER_DIGEST_BYTES : 0);
  int n = save_body(s, area_out + head - CONTEXT_HEADER_BYTES, AREA_BYTES - head - DIGEST_BYTES);
  if (n < 0) return n;
  memcpy(area_out, magic, sizeof magic);
  area_out[3] = peer ? IDENTITY_CERTIFICATE : IDENTITY_PSK;
  area_out[4] = s->conf->endpoint;
  memcpy(area_out + 5, tls_layer_layout, LAYOUT_BYTES);
  area_out[10] = identity_length;
  if (identity_length > 0) memcpy(area_out + FIXED_BYTES, k->identity, identity_length);
  if (peer) memcpy(area_out + FIXED_BYTES + identity_length, peer, PEER_DIGEST_BYTES);
  size_t length = head + body_without_digest(area_out + head, (size_t) n - CONTEXT_HEADER_BYTES);
  int r = digest(area_out, length, area_out + length);
  return r != 0 ? r : (int) (length + DIGEST_BYTES);
}

/*
 * Checks what mbedTLS takes on trust: the lengths of session id and connection IDs (it copies a connection ID of up to 255
 * bytes into 32), and that our own ID has this endpoint's length, by which records are read.
 */
static int is_sound(const endpoint *ep, const byte *p, size_t n) {
  size_t at, session;
  if (n < 4) return 0;
  session = MBEDTLS_GET_UINT32_BE(p, 0);
  if (session > n - 4 || session <= SESSION_DIGEST_AT || p[4 + 1] != ep->conf.endpoint || p[4 + 12] > 32 ||
      p[4 + session - 1] >= MBEDTLS_SSL_MAX_FRAG_LEN_INVALID)
    return 0;
  at = 4 + session + 64;
  if (at + 1 > n || (p[at] != 0 && p[at] != ep->conf.cid_len)) return 0;
  at += 1 + p[at];
  if (at + 1 > n || p[at] > MBEDTLS_SSL_CID_OUT_LEN_MAX) return 0;
  at += 1 + p[at];
  /* bad-MAC counter 4, window 16, packing 1, send epoch and sequence 8, MTU 2 */
  return at + 31 == n && MBEDTLS_GET_UINT16_BE(p, at + 21) == 1;
}

/* Our body as mbedTLS's, the digest in its session again. Returns the length. */
static size_t body_with_digest(byte *out, const byte *body, size_t n, const byte *digest) {
  size_t length = session_with_digest(out + 4, body + 4, n - 4, digest);
  MBEDTLS_PUT_UINT32_BE(MBEDTLS_GET_UINT32_BE(body, 0) + (4 + length - n), out, 0);
  return 4 + length;
}

static size_t head_of(const byte *in) {
  return FIXED_BYTES + in[10] + (in[3] == IDENTITY_CERTIFICATE ? PEER_DIGEST_BYTES : 0);
}

static int load(connection *k, const byte *in, size_t n) {
  static byte scratch[CONTEXT_HEADER_BYTES + AREA_BYTES + SESSION_DIGEST_BYTES];
  size_t head = head_of(in), body = n - head - DIGEST_BYTES;
  if (!is_sound(k->ep, in + head, body)) return SHIM_NOT_IMPORTABLE;
  const byte *peer = in[3] == IDENTITY_CERTIFICATE ? in + head - PEER_DIGEST_BYTES : NULL;
  memcpy(scratch, tls_layer_context_header, CONTEXT_HEADER_BYTES);
  size_t length = body_with_digest(scratch + CONTEXT_HEADER_BYTES, in + head, body, peer);
  int r = mbedtls_ssl_context_load(&k->ssl, scratch, CONTEXT_HEADER_BYTES + length);
  mbedtls_platform_zeroize(scratch, sizeof scratch);
  if (r == MBEDTLS_ERR_SSL_ALLOC_FAILED) return r;
  if (r != 0) return SHIM_NOT_IMPORTABLE;
  mbedtls_ssl_set_mtu(&k->ssl, k->ep->mtu);
  /* A server with a pre-shared key names nobody. */
  if (in[4] == MBEDTLS_SSL_IS_CLIENT && in[3] == IDENTITY_PSK) return 0;
  return connection_set_identity(k, in[3], in + FIXED_BYTES, in[10]);
}

static int is_ours(const endpoint *ep, const byte *in, size_t n) {
  byte expected[DIGEST_BYTES];
  if (n < FIXED_BYTES + DIGEST_BYTES || n > AREA_BYTES || memcmp(in, magic, sizeof magic) != 0) return 0;
  if (digest(in, n - DIGEST_BYTES, expected) != 0) return 0;
  if (in[3] != IDENTITY_PSK && (in[3] != IDENTITY_CERTIFICATE || in[10] == 0)) return 0;
  return memcmp(expected, in + n - DIGEST_BYTES, DIGEST_BYTES) == 0 && in[4] == ep->conf.endpoint &&
         memcmp(in + 5, tls_layer_layout, LAYOUT_BYTES) == 0 && n >= head_of(in) + DIGEST_BYTES;
}

/* The export is at area_in. A connection, or 0 with the reason in outcome.ended. */
EXPORT(connectionImport) connection *connection_import(endpoint *ep, size_t n) {
  outcome.ended = SHIM_NOT_IMPORTABLE;
  if (!is_ours(ep, area_in, n)) return NULL;
  connection *k = connection_create(ep);
  outcome.ended = MBEDTLS_ERR_SSL_ALLOC_FAILED;
  if (!k) return NULL;
  outcome.ended = load(k, area_in, n);
  if (outcome.ended == 0) {
    /* Records may have left after the export: nothing leaves until the caller has said from which sequence on. */
    k->send_ceiling = 0;
    return k;
  }
  connection_free(k);
  return NULL;
}
