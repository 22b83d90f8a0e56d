/*
 * Certificates: our own chain, what peers' chains may end in, and the decision on a peer's chain, which is the caller's.
 *
 * mbedTLS builds the path and verifies its signatures; what it finds goes with the chain to the caller, who says who the peer
 * is or refuses. Names, validity and revocation are looked at nowhere here.
 *
 * The signatures of certificates that were found good are remembered by a digest of all that was verified, so that a device
 * that comes back costs no verification of its chain (some 2 ms each). The table is direct-mapped: a later signature takes
 * the place of an earlier one, and only good ones enter.
 */
#include "shim.h"
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

/* What a verification of a signature depends on, in one digest. */
static int digest_of(mbedtls_pk_context *key, mbedtls_md_type_t md, const byte *hash, size_t hash_length,
                     const byte *signature, size_t signature_length, byte out[DIGEST_BYTES]) {
  mbedtls_ecp_keypair *pair = mbedtls_pk_ec(*key);
  byte head[2 + POINT_BYTES_MAX] = {(byte) pair->grp.id, (byte) md};
  size_t point = 0;
  mbedtls_sha256_context sha;
  int r = mbedtls_ecp_point_write_binary(&pair->grp, &pair->Q, MBEDTLS_ECP_PF_UNCOMPRESSED, &point, head + 2,
                                         POINT_BYTES_MAX);
  mbedtls_sha256_init(&sha);
  if (r == 0) r = mbedtls_sha256_starts(&sha, 0);
  if (r == 0) r = mbedtls_sha256_update(&sha, head, 2 + point);
  if (r == 0) r = mbedtls_sha256_update(&sha, hash, hash_length);
  if (r == 0) r = mbedtls_sha256_update(&sha, signature, signature_length);
  if (r == 0) r = mbedtls_sha256_finish(&sha, out);
  mbedtls_sha256_free(&sha);
  return r;
}

static uint32_t verified;

/* How many signatures of certificates were verified, and not known already. */
EXPORT(certificateSignatures) uint32_t certificate_signatures(void) { return verified; }

int certificate_verify_signature(mbedtls_pk_type_t type, const void *options, mbedtls_pk_context *key,
                                 mbedtls_md_type_t md, const byte *hash, size_t hash_length, const byte *signature,
                                 size_t signature_length) {
  byte digest[DIGEST_BYTES], *place = NULL;
  if (good_signatures && type == MBEDTLS_PK_ECDSA && mbedtls_pk_can_do(key, MBEDTLS_PK_ECDSA) &&
      digest_of(key, md, hash, hash_length, signature, signature_length, digest) == 0)
    place = good_signatures[MBEDTLS_GET_UINT16_BE(digest, 0) % GOOD_SIGNATURES];
  if (place && memcmp(place, digest, DIGEST_BYTES) == 0) return 0;
  verified++;
  int r = mbedtls_pk_verify_ext(type, options, key, md, hash, hash_length, signature, signature_length);
  if (r == 0 && place) memcpy(place, digest, DIGEST_BYTES);
  return r;
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
