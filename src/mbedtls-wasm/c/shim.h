/*
 * The shim between mbedTLS and the TypeScript binding: its types and the functions that the binding hands in.
 *
 * Memory: the binding owns integers, C owns pointers. Bytes cross through two static areas, `area_in` and `area_out`; both
 * are wiped by the binding after keys or exports went through them. Imports only copy; none of them may call back.
 */
#ifndef SHIM_H
#define SHIM_H

#define MBEDTLS_ALLOW_PRIVATE_ACCESS
#include "ssl_misc.h"
#include "mbedtls/platform_util.h"
#include "mbedtls/ssl.h"
#include "mbedtls/ssl_cookie.h"
#include "mbedtls/x509_crt.h"
#include <stdlib.h>
#include <string.h>

#define IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) __attribute__((export_name(#name)))

typedef unsigned char byte;

#define AREA_BYTES 4096
#define SUITES_MAX 16
#define IDENTITY_BYTES_MAX 255
#define PEER_DIGEST_BYTES 32
#define SEQUENCE_MAX 0xffffffffffffULL

/* Results of the shim's own, outside mbedTLS's range of codes (which are all below -0xf). */
#define SHIM_SEND_CEILING (-1)
#define SHIM_NOT_IMPORTABLE (-2)
#define SHIM_REPLAYED (-3)
#define SHIM_WRONG_KEY (-4)
#define SHIM_WRONG_PRIVATE_KEY (-5)
#define SHIM_CHAIN_TOO_LONG (-6)

IMPORT(random) void host_random(byte *out, size_t n);
IMPORT(wallMs) double host_wall_ms(void);
IMPORT(monotonicMs) double host_monotonic_ms(void);
IMPORT(datagram) void host_datagram(const byte *p, size_t n);
IMPORT(plaintext) void host_plaintext(const byte *p, size_t n);
/* The look-ups write at most `cap` bytes and return their number; negative = nothing found. */
IMPORT(psk) int host_psk(const byte *identity, size_t n, byte *key, size_t cap);
IMPORT(sessionGet) int host_session_get(const byte *id, size_t n, byte *out, size_t cap);
IMPORT(sessionSet) void host_session_set(const byte *id, size_t n, const byte *session, size_t length);
IMPORT(ticketSeal) int host_ticket_seal(const byte *session, size_t n, byte *out, size_t cap);
IMPORT(ticketOpen) int host_ticket_open(const byte *ticket, size_t n, byte *out, size_t cap);
/*
 * The decision on a peer's chain: `chain` as in the Certificate message (RFC 5246 section 7.4.2), each certificate behind a
 * length of three bytes; `findings` are mbedTLS's flags. Writes the peer's identity and returns its length, at least 1; or
 * returns a flag below zero, which chooses the alert.
 */
IMPORT(chain) int host_chain(const byte *chain, size_t n, uint32_t findings, byte *identity, size_t cap);
/*
 * P-256 by the host's crypto: 1 = done, 0 = the host does none, and it is done here. The private key has 32 bytes, the public
 * one 65 (uncompressed), the secret 32.
 */
IMPORT(p256Generate) int host_p256_generate(byte *private_key, byte *public_key);
IMPORT(p256Shared) int host_p256_shared(const byte *private_key, const byte *public_key, byte *secret);
/*
 * The signature of a certificate by the host's crypto: 1 = good, 0 = not, -1 = the host verifies none. The point is
 * uncompressed, of P-256 or P-384; the hash has 256 or 384 bits; the signature is DER (RFC 3279 section 2.2.3).
 */
IMPORT(verify) int host_verify(int hash_bits, const byte *point, size_t point_length, const byte *message, size_t n,
                               const byte *signature, size_t signature_length);

enum { IDENTITY_NONE, IDENTITY_PSK, IDENTITY_CERTIFICATE };

typedef struct {
  mbedtls_ssl_config conf;
  /* For the stateless check alone: a connection's configuration cannot write cookies. */
  mbedtls_ssl_config hello_conf;
  mbedtls_ssl_cookie_ctx cookie;
  /* Our own chain and its key, and what the chains of peers may end in; empty without certificates. */
  mbedtls_x509_crt own;
  mbedtls_pk_context key;
  mbedtls_x509_crt anchors;
  int suites[SUITES_MAX + 1];
  uint32_t ticket_lifetime_seconds;
  uint16_t mtu;
} endpoint;

typedef struct {
  mbedtls_ssl_context ssl;
  endpoint *ep;
  /* The datagram in hand, until mbedTLS has taken it. */
  const byte *in;
  size_t in_length;
  double timer_start_ms;
  uint32_t timer_intermediate_ms;
  uint32_t timer_final_ms;
  /* Protected records leave with floor <= sequence < ceiling only; the floor counts once the handshake is over. */
  uint64_t send_floor;
  uint64_t send_ceiling;
  /* Who the peer is, as he said himself (PSK, server) or as the caller read off his chain; or as his session has it. */
  byte *identity;
  /* A client's key and the identity that goes with it, until the handshake is over; the identity follows the key. */
  byte *key;
  byte key_length;
  byte key_identity_length;
  byte identity_length;
  byte identity_kind;
  byte identity_of_session;
  byte floor_active;
  byte shared;
  byte resumed;
  byte refused_at_ceiling;
  byte datagram_left;
  byte alert_sent;
  byte finished_failed;
} connection;

/* What the last call of a connection came to; the binding reads it as six 32-bit integers. */
typedef struct {
  int32_t established;
  int32_t authenticated;
  int32_t ended;
  int32_t dropped;
  int32_t alert;
  int32_t refused_at_ceiling;
} outcome_t;

extern byte area_in[AREA_BYTES];
extern byte area_out[AREA_BYTES];
extern outcome_t outcome;
/* The connection whose call is under way: mbedTLS's session callbacks do not say which one they serve. */
extern connection *current;

/* shim.c */
int shim_random(void *context, byte *out, size_t n);
extern int cookie_time;

/* connection.c */
connection *connection_create(endpoint *ep);
int connection_set_identity(connection *k, int kind, const byte *identity, size_t n);
void connection_free(connection *k);

/* certificates.c and certificate-layer.c */
void certificates_initialise(endpoint *ep);
void certificates_free(endpoint *ep);
int certificate_digest(const mbedtls_md_info_t *md, const byte *message, size_t n, byte *hash);
int certificate_verify_signature(mbedtls_pk_type_t type, const void *options, mbedtls_pk_context *key,
                                 mbedtls_md_type_t md, const byte *hash, size_t hash_length, const byte *signature,
                                 size_t signature_length);

/* session.c */
/* Bytes before the digest of the peer's certificate in mbedTLS's form of a session, and what it takes there at most. */
#define SESSION_DIGEST_AT 97
#define SESSION_DIGEST_BYTES (2 + PEER_DIGEST_BYTES)
size_t session_without_digest(byte *session, size_t n);
size_t session_with_digest(byte *out, const byte *session, size_t n, const byte *digest);
int session_write(const connection *k, const mbedtls_ssl_session *session, byte *out, size_t cap);
int session_read(connection *k, mbedtls_ssl_session *session, const byte *in, size_t n);
int session_from_cache(void *ep, const byte *id, size_t n, mbedtls_ssl_session *session);
int session_to_cache(void *ep, const byte *id, size_t n, const mbedtls_ssl_session *session);
int session_to_ticket(void *ep, const mbedtls_ssl_session *session, byte *start, const byte *end, size_t *length,
                      uint32_t *lifetime);
int session_from_ticket(void *ep, mbedtls_ssl_session *session, byte *ticket, size_t n);

/* message-layer.c and tls-layer.c: what mbedTLS keeps static. */
int message_layer_check_cookie(mbedtls_ssl_context *ssl, const byte *id, size_t id_length, const byte *in, size_t n,
                               byte *out, size_t cap, size_t *length);
#define SESSION_HEADER_BYTES 5
#define CONTEXT_HEADER_BYTES 8
#define LAYOUT_BYTES 5
extern const byte *const tls_layer_session_header;
extern const byte *const tls_layer_context_header;
extern const byte tls_layer_layout[LAYOUT_BYTES];

#endif
