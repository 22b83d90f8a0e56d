/*
 * Certificates: our own chain, what peers' chains may end in, and the decision on a peer's chain, which is the caller's.
 *
 * mbedTLS builds the path and verifies its signatures; what it finds goes with the chain to the caller, who says who the peer
 * is or refuses. Names, validity and revocation are looked at nowhere here.
 *
 * The signatures of certificates that were found good are remembered by a digest of all that was verified, so that a device
 * that comes back costs no verification of its chain (some 1.5 ms each, unless the host does it). The table is direct-mapped: a later signature takes
 * the place of an earlier one, and only good ones enter.
 */
#include "shim.h"
#include "mbedtls/ecdsa.h"
#include "mbedtls/oid.h"
#include "mbedtls/pk.h"
#include "mbedtls/sha256.h"

#define GOOD_SIGNATURES 1024
#define DIGEST_BYTES 32
#define POINT_BYTES_MAX 97
/* Of the Certificate message: type and length, length of the list, length of each certificate (RFC 5246 section 7.4.2). */
#define MESSAGE_HEAD_BYTES 15
#define LENGTH_BYTES 3

/* Made with the first endpoint that has certificates, and kept as long as the module. */
static byte (*good_signatures)[DIGEST_BYTES];

void certificates_initialise(endpoint *ep) {
  mbedtls_x509_crt_init(&ep->own);
  mbedtls_pk_init(&ep->key);
  mbedtls_x509_crt_init(&ep->anchors);
}

void certificates_free(endpoint *ep) {
  mbedtls_x509_crt_free(&ep->own);
  mbedtls_pk_free(&ep->key);
  mbedtls_x509_crt_free(&ep->anchors);
}

/* What is signed of the certificate in hand: mbedTLS makes its hash just before it has the signature verified. */
static const byte *message;
static size_t message_length;

int certificate_digest(const mbedtls_md_info_t *md, const byte *in, size_t n, byte *hash) {
  message = in;
  message_length = n;
  return mbedtls_md(md, in, n, hash);
}

/* A signature, and all that its verification depends on. */
typedef struct {
  byte point[POINT_BYTES_MAX];
  size_t point_length;
  const byte *hash;
  size_t hash_length;
  const byte *bytes;
  size_t length;
} signature_t;

static int digest_of(const signature_t *s, byte out[DIGEST_BYTES]) {
  const byte lengths[2] = {(byte) s->point_length, (byte) s->hash_length};
  mbedtls_sha256_context sha;
  mbedtls_sha256_init(&sha);
  int r = mbedtls_sha256_starts(&sha, 0);
  if (r == 0) r = mbedtls_sha256_update(&sha, lengths, sizeof lengths);
  if (r == 0) r = mbedtls_sha256_update(&sha, s->point, s->point_length);
  if (r == 0) r = mbedtls_sha256_update(&sha, s->hash, s->hash_length);
  if (r == 0) r = mbedtls_sha256_update(&sha, s->bytes, s->length);
  if (r == 0) r = mbedtls_sha256_finish(&sha, out);
  mbedtls_sha256_free(&sha);
  return r;
}

static int verify(const signature_t *s, mbedtls_pk_context *key, mbedtls_md_type_t md) {
  int r = host_verify((int) (8 * s->hash_length), s->point, s->point_length, message, message_length, s->bytes, s->length);
  if (r >= 0) return r == 1 ? 0 : MBEDTLS_ERR_ECP_VERIFY_FAILED;
  return mbedtls_pk_verify(key, md, s->hash, s->hash_length, s->bytes, s->length);
}

/* For ECDSA alone, the one kind of signature that is compiled in. */
int certificate_verify_signature(mbedtls_pk_type_t type, const void *options, mbedtls_pk_context *key,
                                 mbedtls_md_type_t md, const byte *hash, size_t hash_length, const byte *bytes,
                                 size_t length) {
  signature_t s = {.hash = hash, .hash_length = hash_length, .bytes = bytes, .length = length};
  byte digest[DIGEST_BYTES];
  (void) options;
  if (type != MBEDTLS_PK_ECDSA || !mbedtls_pk_can_do(key, type)) return MBEDTLS_ERR_PK_TYPE_MISMATCH;
  const mbedtls_ecp_keypair *pair = mbedtls_pk_ec(*key);
  int r = mbedtls_ecp_point_write_binary(&pair->grp, &pair->Q, MBEDTLS_ECP_PF_UNCOMPRESSED, &s.point_length, s.point,
                                         sizeof s.point);
  if (r == 0) r = digest_of(&s, digest);
  if (r != 0) return r;
  byte *place = good_signatures ? good_signatures[MBEDTLS_GET_UINT16_BE(digest, 0) % GOOD_SIGNATURES] : NULL;
  if (place && memcmp(place, digest, DIGEST_BYTES) == 0) return 0;
  r = verify(&s, key, md);
  if (r == 0 && place) memcpy(place, digest, DIGEST_BYTES);
  return r;
}

/*
 * Whether a signature that belongs to no handshake is good: that of a revocation list. At p: the point, uncompressed, of P-256
 * or P-384; the message; the signature, DER.
 */
EXPORT(signatureIsGood) int signature_is_good(const byte *p, size_t hash_bits, size_t point_length, size_t n, size_t length) {
  byte hash[MBEDTLS_MD_MAX_SIZE];
  mbedtls_ecdsa_context key;
  mbedtls_ecdsa_init(&key);
  int r = mbedtls_ecp_group_load(&key.grp, point_length == 65 ? MBEDTLS_ECP_DP_SECP256R1 : MBEDTLS_ECP_DP_SECP384R1);
  if (r == 0) r = mbedtls_ecp_point_read_binary(&key.grp, &key.Q, p, point_length);
  if (r == 0) r = mbedtls_ecp_check_pubkey(&key.grp, &key.Q);
  mbedtls_md_type_t md = hash_bits == 256 ? MBEDTLS_MD_SHA256 : MBEDTLS_MD_SHA384;
  if (r == 0) r = mbedtls_md(mbedtls_md_info_from_type(md), p + point_length, n, hash);
  if (r == 0) r = mbedtls_ecdsa_read_signature(&key, hash, hash_bits / 8, p + point_length + n, length);
  mbedtls_ecdsa_free(&key);
  return r == 0;
}

/* The caller's word on the chain of the connection in hand: 0, or the flag under which it is refused. */
static uint32_t refusal_of(connection *k, const mbedtls_x509_crt *leaf, uint32_t findings) {
  byte identity[IDENTITY_BYTES_MAX];
  const byte *chain = leaf->raw.p - LENGTH_BYTES, *end = k->ssl.in_msg + k->ssl.in_hslen;
  int length = host_chain(chain, (size_t) (end - chain), findings, identity, sizeof identity);
  if (length <= 0) return length < 0 ? (uint32_t) -length : MBEDTLS_X509_BADCERT_OTHER;
  return connection_set_identity(k, IDENTITY_CERTIFICATE, identity, (size_t) length) == 0 ? 0 : MBEDTLS_X509_BADCERT_OTHER;
}

/*
 * mbedTLS asks for each certificate of the path, the peer's own last. What it would look at only afterwards, the usage of the
 * peer's certificate, is looked at here, and out of its sight once the caller has accepted it: a device whose certificate is
 * a client's may well be a server towards us.
 */
static int look_at(void *p, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
  static uint32_t findings;
  const mbedtls_ssl_context *s = &current->ssl;
  (void) p;
  findings |= *flags;
  *flags = 0;
  if (depth > 0) return 0;
  (void) !mbedtls_ssl_check_cert_usage(certificate, s->handshake->ciphersuite_info, s->conf->endpoint,
                                       MBEDTLS_SSL_VERSION_TLS1_2, &findings);
  *flags = refusal_of(current, certificate, findings);
  findings = 0;
  if (*flags == 0) certificate->ext_types &= ~(MBEDTLS_X509_EXT_KEY_USAGE | MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE);
  return 0;
}

/* Adds the certificate at area_in to our own chain, behind the one that it signed. */
EXPORT(endpointCertificate) int endpoint_certificate(endpoint *ep, size_t n) {
  size_t length = MESSAGE_HEAD_BYTES + LENGTH_BYTES + n;
  for (const mbedtls_x509_crt *each = &ep->own; each && each->raw.len > 0; each = each->next)
    length += LENGTH_BYTES + each->raw.len;
  if (length > MBEDTLS_SSL_OUT_CONTENT_LEN) return SHIM_CHAIN_TOO_LONG;
  return mbedtls_x509_crt_parse_der(&ep->own, area_in, n);
}

EXPORT(endpointAnchor) int endpoint_anchor(endpoint *ep, size_t n) {
  return mbedtls_x509_crt_parse_der(&ep->anchors, area_in, n);
}

/* The private key of our own certificate, at area_in; certificates are in use from here on. */
EXPORT(endpointKey) int endpoint_key(endpoint *ep, size_t n) {
  int r = mbedtls_pk_parse_key(&ep->key, area_in, n, NULL, 0, shim_random, NULL);
  if (r != 0) return r;
  if (mbedtls_pk_get_ec_group_id(&ep->key) != MBEDTLS_ECP_DP_SECP256R1 ||
      mbedtls_pk_check_pair(&ep->own.pk, &ep->key, shim_random, NULL) != 0)
    return SHIM_WRONG_PRIVATE_KEY;
  if (!good_signatures) good_signatures = calloc(GOOD_SIGNATURES, DIGEST_BYTES);
  mbedtls_ssl_conf_authmode(&ep->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
  mbedtls_ssl_conf_ca_chain(&ep->conf, &ep->anchors, NULL);
  mbedtls_ssl_conf_cert_req_ca_list(&ep->conf, MBEDTLS_SSL_CERT_REQ_CA_LIST_DISABLED);
  mbedtls_ssl_conf_verify(&ep->conf, look_at, NULL);
  return mbedtls_ssl_conf_own_cert(&ep->conf, &ep->own, &ep->key);
}
