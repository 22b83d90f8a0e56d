/*
 * Ephemeral Diffie-Hellman on P-256 (RFC 8422): the two operations that mbedTLS lets others do. The host's crypto does them
 * some ten times faster than WebAssembly; when none was handed in they are done here. A peer's point is always checked to
 * be on the curve here: the host is not trusted with that.
 */
#include "shim.h"
#include "mbedtls/ecdh.h"

#define SCALAR_BYTES 32
#define POINT_BYTES 65

typedef int random_t(void *context, byte *out, size_t n);

/* A key pair of the host's, or 0 in *done. What the host gives must be a point of the curve, not just 65 bytes. */
static int host_generate(mbedtls_ecp_group *group, mbedtls_mpi *d, mbedtls_ecp_point *q, int *done) {
  byte private_key[SCALAR_BYTES], public_key[POINT_BYTES];
  *done = host_p256_generate(private_key, public_key) == 1;
  int r = 0;
  if (*done) {
    r = mbedtls_mpi_read_binary(d, private_key, sizeof private_key);
    if (r == 0) r = mbedtls_ecp_point_read_binary(group, q, public_key, sizeof public_key);
    if (r == 0) r = mbedtls_ecp_check_privkey(group, d);
    if (r == 0) r = mbedtls_ecp_check_pubkey(group, q);
  }
  mbedtls_platform_zeroize(private_key, sizeof private_key);
  return r;
}

int mbedtls_ecdh_gen_public(mbedtls_ecp_group *group, mbedtls_mpi *d, mbedtls_ecp_point *q, random_t *random,
                            void *context) {
  int done = 0;
  int r = group->id == MBEDTLS_ECP_DP_SECP256R1 ? host_generate(group, d, q, &done) : 0;
  if (done || r != 0) return r;
  r = mbedtls_ecp_gen_privkey(group, d, random, context);
  return r != 0 ? r : mbedtls_ecp_mul(group, q, d, &group->G, random, context);
}

static int host_shared(mbedtls_ecp_group *group, mbedtls_mpi *z, const mbedtls_ecp_point *q, const mbedtls_mpi *d,
                       int *done) {
  byte private_key[SCALAR_BYTES], public_key[POINT_BYTES], secret[SCALAR_BYTES];
  size_t n;
  int r = mbedtls_mpi_write_binary(d, private_key, sizeof private_key);
  if (r == 0) r = mbedtls_ecp_point_write_binary(group, q, MBEDTLS_ECP_PF_UNCOMPRESSED, &n, public_key, sizeof public_key);
  if (r == 0 && host_p256_shared(private_key, public_key, secret) == 1) {
    *done = 1;
    r = mbedtls_mpi_read_binary(z, secret, sizeof secret);
  }
  mbedtls_platform_zeroize(private_key, sizeof private_key);
  mbedtls_platform_zeroize(secret, sizeof secret);
  return r;
}

int mbedtls_ecdh_compute_shared(mbedtls_ecp_group *group, mbedtls_mpi *z, const mbedtls_ecp_point *q,
                                const mbedtls_mpi *d, random_t *random, void *context) {
  mbedtls_ecp_point product;
  int done = 0;
  int r = mbedtls_ecp_check_pubkey(group, q);
  if (r == 0 && group->id == MBEDTLS_ECP_DP_SECP256R1) r = host_shared(group, z, q, d, &done);
  if (done || r != 0) return r;
  mbedtls_ecp_point_init(&product);
  r = mbedtls_ecp_mul(group, &product, d, q, random, context);
  if (r == 0 && mbedtls_ecp_is_zero(&product)) r = MBEDTLS_ERR_ECP_BAD_INPUT_DATA;
  if (r == 0) r = mbedtls_mpi_copy(z, &product.X);
  mbedtls_ecp_point_free(&product);
  return r;
}
