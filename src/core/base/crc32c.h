/* CRC-32C (Castagnoli; RFC 3720), as TFRecord files check their records with it. */
#ifndef BASE_CRC32C_H
#define BASE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* The sum of what came before (0 at the beginning) carried on over more bytes. */
typedef uint32_t crc32c_function(uint32_t crc, const uint8_t *bytes, size_t len);

uint32_t crc32c_plain(uint32_t crc, const uint8_t *bytes, size_t len);

/* The quickest one that this CPU has; all give the same. */
crc32c_function *crc32c_best(void);

/* As it is stored in TFRecord files: turned by 15 bits and shifted by a constant, so that sums of
 * bytes that hold sums stay good. */
static inline uint32_t crc32c_masked(uint32_t crc)
{
	return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

#endif
