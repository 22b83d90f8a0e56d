/*
 * Sessions for resumption, in a form of ours, and mbedTLS's four callbacks about them. Everything is the caller's: the
 * cache of session ids, ticket keys, ages and rotation (mbedTLS's own ticket module expires everything when the clock starts
 * in 1970, and replaces keys by itself).
 *
 *   4 magic and version | 2 layout of the body | 1 length, identity | 32 SHA-256 of the peer's certificate | body
 *
 * The identity travels with the session, because a resumed handshake names none. Version 1: a pre-shared key, no SHA-256;
 * version 2: a certificate. The body is mbedTLS's form without its header and without the digest in the midst of it.
 */
#include "shim.h"

#define SESSION_FIXED_BYTES 7
static const byte magic[3] = {'H', 'f', 'S'};

/* Takes the digest of the peer's certificate out of mbedTLS's form, in place; returns the length of what is left. */
size_t session_without_digest(byte *session, size_t n) {
  size_t digest = 2 + session[SESSION_DIGEST_AT + 1];
  memmove(session + SESSION_DIGEST_AT, session + SESSION_DIGEST_AT + digest, n - SESSION_DIGEST_AT - digest);
  return n - digest;
}

/* mbedTLS's form of a session again, at least SESSION_DIGEST_AT long; no digest: the peer had no certificate. */
size_t session_with_digest(byte *out, const byte *session, size_t n, const byte *digest) {
  size_t at = SESSION_DIGEST_AT;
  memcpy(out, session, at);
  out[at++] = digest ? MBEDTLS_MD_SHA256 : MBEDTLS_MD_NONE;
  out[at++] = digest ? PEER_DIGEST_BYTES : 0;
  if (digest) memcpy(out + at, digest, PEER_DIGEST_BYTES), at += PEER_DIGEST_BYTES;
  memcpy(out + at, session + SESSION_DIGEST_AT, n - SESSION_DIGEST_AT);
  return at + n - SESSION_DIGEST_AT;
}

int session_write(const connection *k, const mbedtls_ssl_session *session, byte *out, size_t cap) {
  byte identity_length = k->identity_kind == IDENTITY_NONE ? 0 : k->identity_length;
  const byte *digest = session->peer_cert_digest;
  size_t head = SESSION_FIXED_BYTES + identity_length + (digest ? PEER_DIGEST_BYTES : 0), n = 0;
  if (cap < head + SESSION_HEADER_BYTES) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  int r = mbedtls_ssl_session_save(session, out + head - SESSION_HEADER_BYTES, cap - head + SESSION_HEADER_BYTES, &n);
  if (r != 0) return r;
  memcpy(out, magic, sizeof magic);
  out[3] = digest ? IDENTITY_CERTIFICATE : IDENTITY_PSK;
  memcpy(out + 4, tls_layer_layout, 2);
  out[6] = identity_length;
  if (identity_length > 0) memcpy(out + SESSION_FIXED_BYTES, k->identity, identity_length);
  if (digest) memcpy(out + SESSION_FIXED_BYTES + identity_length, digest, PEER_DIGEST_BYTES);
  return (int) (head + session_without_digest(out + head, n - SESSION_HEADER_BYTES));
}

/* Where the body of a session of ours begins; 0 = it is none. */
static size_t head_of(const byte *in, size_t n) {
  if (n < SESSION_FIXED_BYTES || n > AREA_BYTES || memcmp(in, magic, sizeof magic) != 0) return 0;
  if (memcmp(in + 4, tls_layer_layout, 2) != 0) return 0;
  if (in[3] != IDENTITY_PSK && (in[3] != IDENTITY_CERTIFICATE || in[6] == 0)) return 0;
  size_t head = SESSION_FIXED_BYTES + in[6] + (in[3] == IDENTITY_CERTIFICATE ? PEER_DIGEST_BYTES : 0);
  return n < head + SESSION_DIGEST_AT ? 0 : head;
}

int session_read(connection *k, mbedtls_ssl_session *session, const byte *in, size_t n) {
  static byte body[SESSION_HEADER_BYTES + AREA_BYTES + SESSION_DIGEST_BYTES];
  size_t head = head_of(in, n);
  if (head == 0) return SHIM_NOT_IMPORTABLE;
  const byte *digest = in[3] == IDENTITY_CERTIFICATE ? in + head - PEER_DIGEST_BYTES : NULL;
  memcpy(body, tls_layer_session_header, SESSION_HEADER_BYTES);
  size_t length = session_with_digest(body + SESSION_HEADER_BYTES, in + head, n - head, digest);
  int r = mbedtls_ssl_session_load(session, body, SESSION_HEADER_BYTES + length);
  mbedtls_platform_zeroize(body, sizeof body);
  if (r == MBEDTLS_ERR_SSL_ALLOC_FAILED) return r;
  if (r != 0) return SHIM_NOT_IMPORTABLE;
  /* What a session agrees on is the same at both ends: a server may take it up as client, a client's ticket goes one way. */
  byte role = (byte) k->ssl.conf->endpoint;
  if (session->id_len > 32 || session->mfl_code >= MBEDTLS_SSL_MAX_FRAG_LEN_INVALID ||
      (session->endpoint != role && role == MBEDTLS_SSL_IS_SERVER)) {
    mbedtls_ssl_session_free(session);
    return SHIM_NOT_IMPORTABLE;
  }
  session->endpoint = role;
  /* A server with a pre-shared key names nobody. */
  if (role == MBEDTLS_SSL_IS_SERVER || in[3] == IDENTITY_CERTIFICATE) {
    r = connection_set_identity(k, in[3], in + SESSION_FIXED_BYTES, in[6]);
    k->identity_of_session = 1;
  }
  return r;
}

int session_from_cache(void *ep, const byte *id, size_t n, mbedtls_ssl_session *session) {
  (void) ep;
  int length = host_session_get(id, n, area_out, AREA_BYTES);
  int r = length <= 0 ? -1 : session_read(current, session, area_out, (size_t) length);
  mbedtls_platform_zeroize(area_out, AREA_BYTES);
  return r == 0 ? 0 : MBEDTLS_ERR_SSL_CACHE_ENTRY_NOT_FOUND;
}

int session_to_cache(void *ep, const byte *id, size_t n, const mbedtls_ssl_session *session) {
  (void) ep;
  int length = session_write(current, session, area_out, AREA_BYTES);
  if (length > 0) host_session_set(id, n, area_out, (size_t) length);
  mbedtls_platform_zeroize(area_out, AREA_BYTES);
  return length > 0 ? 0 : -1;
}

int session_to_ticket(void *p, const mbedtls_ssl_session *session, byte *start, const byte *end, size_t *length,
                      uint32_t *lifetime) {
  endpoint *ep = p;
  int written = session_write(current, session, area_out, AREA_BYTES);
  int sealed = written > 0 ? host_ticket_seal(area_out, (size_t) written, start, (size_t) (end - start)) : -1;
  mbedtls_platform_zeroize(area_out, AREA_BYTES);
  *lifetime = ep->ticket_lifetime_seconds;
  *length = sealed > 0 ? (size_t) sealed : 0;
  return sealed > 0 ? 0 : MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
}

int session_from_ticket(void *ep, mbedtls_ssl_session *session, byte *ticket, size_t n) {
  (void) ep;
  int length = host_ticket_open(ticket, n, area_out, AREA_BYTES);
  int r = length <= 0 ? -1 : session_read(current, session, area_out, (size_t) length);
  mbedtls_platform_zeroize(area_out, AREA_BYTES);
  return r == 0 ? 0 : MBEDTLS_ERR_SSL_INVALID_MAC;
}

/* The session of an established connection at area_out: its length, or a negative code. */
EXPORT(connectionExportSession) int connection_export_session(connection *k) {
  if (k->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER || k->ssl.session == NULL) return MBEDTLS_ERR_SSL_BAD_INPUT_DATA;
  return session_write(k, k->ssl.session, area_out, AREA_BYTES);
}

/* A client's session for resumption, at area_in. */
EXPORT(connectionSetSession) int connection_set_session(connection *k, size_t n) {
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  int r = session_read(k, &session, area_in, n);
  if (r == 0) r = mbedtls_ssl_set_session(&k->ssl, &session);
  mbedtls_ssl_session_free(&session);
  return r;
}
