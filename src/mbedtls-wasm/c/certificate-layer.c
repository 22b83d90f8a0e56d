/*
 * mbedTLS's X.509 layer, in which signatures of certificates are verified by functions of ours: those that were found good
 * before are not verified again, and others may be the host's work (`certificates.c`).
 */
#include "shim.h"
#include "mbedtls/pk.h"
#define mbedtls_md certificate_digest
#define mbedtls_pk_verify_ext certificate_verify_signature
/* The present, which mbedTLS hands around unread when it has no date. */
#pragma clang diagnostic ignored "-Wuninitialized-const-pointer"
#include "x509_crt.c"
