/*
 * Quantization schemes: one table, the setting of the dial, and its text.
 *
 * A line of a tensor is what one channel multiplies with: all elements with the same index on the
 * channel axis, in row-major order. Groups and blocks are runs of a line; a line starts a new one,
 * and its last one may be shorter (block formats store it whole, filled with zeros). A tensor of
 * fewer than two dimensions is one line.
 *
 * The text of a setting is the scheme's name and words behind colons, in any order:
 *
 *     int4:group=32:affine:mse      f8e4m3fn:channel:scale=f16     kmeans:levels=16:lloyd
 *     int8:channel:axis=0:full      q4_k:sparse=2/4                nf4:double
 *
 *   granularity  tensor, channel, group=N (16, 32, 64, 128, 256); axis=N: of the channels
 *   range        symmetric (codes -max..max), full (-max-1..max), affine (a zero point)
 *   scale        scale=f32, scale=f16, scale=pow2, scale=none (1: a plain cast)
 *   rounding     even, away, stochastic; seed=N
 *   calibration  minmax, percentile=P, mse, kl
 *   pruning      before anything else: threshold=T (|x| < T), prune=P% (least magnitudes of the
 *                tensor), sparse=N/M (N of M along a line are kept; M 2, 4 .. 64), channels=P%
 *                (least L2 norms)
 *   of some      double (second quantization of scales), levels=N and lloyd (kmeans), vector=N and
 *                levels=N (pq), rank=N (lowrank)
 *
 * P and T are decimal numbers of at most nine digits before and behind the point.
 * A word that says what is the default anyway is accepted and not printed.
 */
#ifndef MTUI_SCHEME_H
#define MTUI_SCHEME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mtui/error.h>
#include <mtui/text.h>

/* Families share their arithmetic; within one, bits are the dial's first question. */
#define FAMILIES(X)                                                                                \
	X(FAMILY_NONE, "none", "the values as they are, for pruning alone")                        \
	X(FAMILY_INTEGER, "integer", "q = round(x / scale) + zero point")                          \
	X(FAMILY_SIGN, "sign", "signs, and perhaps zeros, times one magnitude")                     \
	X(FAMILY_FLOAT, "float", "a narrow floating-point format, scaled")                         \
	X(FAMILY_MICROSCALING, "microscaling", "blocks with a narrow shared scale")                \
	X(FAMILY_TABLE, "table", "16 fixed levels, scaled by the block's largest magnitude")       \
	X(FAMILY_GGUF, "gguf", "blocks as llama.cpp stores them")                                  \
	X(FAMILY_CODEBOOK, "codebook", "levels fitted to the values")                              \
	X(FAMILY_LOW_RANK, "low rank", "the nearest matrix of a rank")

enum scheme_family {
#define X(id, name, meaning) id,
	FAMILIES(X)
#undef X
	FAMILY_COUNT
};

/*
 * id, name, family, bits of a code (0: by levels or rank), elements of a block (0: by granularity),
 * bits of a block with all that is stored for it (0: by granularity), scale, reference.
 */
#define SCHEMES(X)                                                                                 \
	X(SCHEME_NONE, "none", FAMILY_NONE, 0, 0, 0, "-", "")                                      \
	X(SCHEME_INT2, "int2", FAMILY_INTEGER, 2, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT3, "int3", FAMILY_INTEGER, 3, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT4, "int4", FAMILY_INTEGER, 4, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT5, "int5", FAMILY_INTEGER, 5, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT6, "int6", FAMILY_INTEGER, 6, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT7, "int7", FAMILY_INTEGER, 7, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT8, "int8", FAMILY_INTEGER, 8, 0, 0, "f32", "ONNX QuantizeLinear")              \
	X(SCHEME_INT16, "int16", FAMILY_INTEGER, 16, 0, 0, "f32", "ONNX QuantizeLinear")           \
	X(SCHEME_TERNARY, "ternary", FAMILY_SIGN, 2, 0, 0, "f32", "Li 2016, TWN")               \
	X(SCHEME_BINARY, "binary", FAMILY_SIGN, 1, 0, 0, "f32", "Rastegari 2016, XNOR-Net")     \
	X(SCHEME_F16, "f16", FAMILY_FLOAT, 16, 0, 0, "none", "IEEE 754 binary16")                  \
	X(SCHEME_BF16, "bf16", FAMILY_FLOAT, 16, 0, 0, "none", "bfloat16")                         \
	X(SCHEME_F8E4M3FN, "f8e4m3fn", FAMILY_FLOAT, 8, 0, 0, "f32", "ONNX float8")                \
	X(SCHEME_F8E5M2, "f8e5m2", FAMILY_FLOAT, 8, 0, 0, "f32", "ONNX float8")                    \
	X(SCHEME_F8E4M3FNUZ, "f8e4m3fnuz", FAMILY_FLOAT, 8, 0, 0, "f32", "ONNX float8")            \
	X(SCHEME_F8E5M2FNUZ, "f8e5m2fnuz", FAMILY_FLOAT, 8, 0, 0, "f32", "ONNX float8")            \
	X(SCHEME_F6E2M3, "f6e2m3", FAMILY_FLOAT, 6, 0, 0, "f32", "OCP MX 1.0")                     \
	X(SCHEME_F6E3M2, "f6e3m2", FAMILY_FLOAT, 6, 0, 0, "f32", "OCP MX 1.0")                     \
	X(SCHEME_F4E2M1, "f4e2m1", FAMILY_FLOAT, 4, 0, 0, "f32", "OCP MX 1.0")                     \
	X(SCHEME_MXFP8E4M3, "mxfp8e4m3", FAMILY_MICROSCALING, 8, 32, 264, "e8m0", "OCP MX 1.0")    \
	X(SCHEME_MXFP8E5M2, "mxfp8e5m2", FAMILY_MICROSCALING, 8, 32, 264, "e8m0", "OCP MX 1.0")    \
	X(SCHEME_MXFP6E2M3, "mxfp6e2m3", FAMILY_MICROSCALING, 6, 32, 200, "e8m0", "OCP MX 1.0")    \
	X(SCHEME_MXFP6E3M2, "mxfp6e3m2", FAMILY_MICROSCALING, 6, 32, 200, "e8m0", "OCP MX 1.0")    \
	X(SCHEME_MXFP4, "mxfp4", FAMILY_MICROSCALING, 4, 32, 136, "e8m0", "OCP MX 1.0")            \
	X(SCHEME_MXINT8, "mxint8", FAMILY_MICROSCALING, 8, 32, 264, "e8m0", "OCP MX 1.0")          \
	X(SCHEME_NVFP4, "nvfp4", FAMILY_MICROSCALING, 4, 16, 72, "e4m3, f32", "NVIDIA NVFP4")      \
	X(SCHEME_NF4, "nf4", FAMILY_TABLE, 4, 64, 0, "f32", "Dettmers 2023, QLoRA")                \
	X(SCHEME_FP4, "fp4", FAMILY_TABLE, 4, 64, 0, "f32", "bitsandbytes FP4")                    \
	X(SCHEME_Q4_0, "q4_0", FAMILY_GGUF, 4, 32, 144, "f16", "ggml")                             \
	X(SCHEME_Q4_1, "q4_1", FAMILY_GGUF, 4, 32, 160, "f16", "ggml")                             \
	X(SCHEME_Q5_0, "q5_0", FAMILY_GGUF, 5, 32, 176, "f16", "ggml")                             \
	X(SCHEME_Q5_1, "q5_1", FAMILY_GGUF, 5, 32, 192, "f16", "ggml")                             \
	X(SCHEME_Q8_0, "q8_0", FAMILY_GGUF, 8, 32, 272, "f16", "ggml")                             \
	X(SCHEME_IQ4_NL, "iq4_nl", FAMILY_GGUF, 4, 32, 144, "f16", "ggml")                         \
	X(SCHEME_Q2_K, "q2_k", FAMILY_GGUF, 2, 256, 672, "f16, u4", "ggml")                        \
	X(SCHEME_Q3_K, "q3_k", FAMILY_GGUF, 3, 256, 880, "f16, i6", "ggml")                        \
	X(SCHEME_Q4_K, "q4_k", FAMILY_GGUF, 4, 256, 1152, "f16, u6", "ggml")                       \
	X(SCHEME_Q5_K, "q5_k", FAMILY_GGUF, 5, 256, 1408, "f16, u6", "ggml")                       \
	X(SCHEME_Q6_K, "q6_k", FAMILY_GGUF, 6, 256, 1680, "f16, i8", "ggml")                       \
	X(SCHEME_KMEANS, "kmeans", FAMILY_CODEBOOK, 0, 0, 0, "f32 levels", "least squares")        \
	X(SCHEME_PQ, "pq", FAMILY_CODEBOOK, 0, 0, 0, "f32 levels", "Jegou 2011")                   \
	X(SCHEME_LOW_RANK, "lowrank", FAMILY_LOW_RANK, 0, 0, 0, "-", "Eckart-Young")

enum scheme_id {
#define X(id, name, family, bits, block, block_bits, scale, reference) id,
	SCHEMES(X)
#undef X
	SCHEME_COUNT
};

struct scheme_traits {
	const char *name;
	uint8_t family; /* enum scheme_family */
	uint8_t bits;
	uint16_t block, block_bits;
	const char *scale, *reference;
};

extern const struct scheme_traits scheme_traits[SCHEME_COUNT];
extern const char *const family_names[FAMILY_COUNT];
extern const char *const family_meanings[FAMILY_COUNT];

enum quant_granularity { QUANT_PER_TENSOR, QUANT_PER_CHANNEL, QUANT_PER_GROUP };
enum quant_range { RANGE_SYMMETRIC, RANGE_FULL, RANGE_AFFINE };
enum quant_scale { SCALE_F32, SCALE_F16, SCALE_POW2, SCALE_NONE };
enum quant_rounding { ROUND_EVEN, ROUND_AWAY, ROUND_STOCHASTIC };
enum quant_calibration { CALIBRATE_MINMAX, CALIBRATE_PERCENTILE, CALIBRATE_MSE, CALIBRATE_KL };
enum quant_pruning { PRUNE_NONE, PRUNE_THRESHOLD, PRUNE_SHARE, PRUNE_N_OF_M, PRUNE_CHANNELS };

/* The setting of the dial. Compare with quant_scheme_same: there may be holes. Fields that the
 * scheme has no use for hold their default (quant_scheme_settle sees to that). */
struct quant_scheme {
	uint8_t id;	      /* enum scheme_id */
	uint8_t granularity;  /* enum quant_granularity */
	int8_t axis;	      /* of the channels, >= 0; -1: channel_axis decides */
	uint8_t range, scale, rounding, calibration, pruning; /* the enums above */
	uint8_t keep, of;     /* of PRUNE_N_OF_M */
	bool double_scales;   /* of nf4 and fp4 */
	bool lloyd;	      /* of kmeans: iterate instead of the optimum */
	uint16_t group;	      /* of QUANT_PER_GROUP */
	uint16_t levels;      /* of kmeans and pq: 4 to 256 */
	uint16_t vector;      /* of pq: elements of a vector: 2, 4, 8 or 16 */
	uint32_t rank;	      /* of lowrank, >= 1 */
	double percentile;    /* of CALIBRATE_PERCENTILE: above 50, at most 100 */
	double prune;	      /* the threshold, or the share 0..1 */
	uint64_t seed;	      /* of ROUND_STOCHASTIC */
};

/* The setting a scheme's name alone stands for. */
struct quant_scheme quant_scheme_default(enum scheme_id id);

/* What another scheme makes of a setting: everything that it can use is kept. */
void quant_scheme_settle(struct quant_scheme *scheme);

bool quant_scheme_same(const struct quant_scheme *a, const struct quant_scheme *b);
uint64_t quant_scheme_hash(const struct quant_scheme *scheme);

/* Bits of one code without scales; of lowrank 32. */
unsigned quant_scheme_bits(const struct quant_scheme *scheme);

/* Whether the scheme has such a setting at all; for the dial's keys. */
bool scheme_has_granularity(enum scheme_id id, enum quant_granularity granularity);
bool scheme_has_range(enum scheme_id id);	/* symmetric, full, affine */
bool scheme_has_calibration(enum scheme_id id);
bool scheme_has_rounding(enum scheme_id id);
bool scheme_has_scale(enum scheme_id id, enum quant_scale scale);

/* ERROR_USAGE with the word that is wrong and what could stand there. */
bool quant_scheme_parse(struct text text, struct quant_scheme *scheme, struct error *err);

/* The canonical text, which parses to the same setting. */
#define QUANT_SCHEME_TEXT 128
char *quant_scheme_print(char text[QUANT_SCHEME_TEXT], const struct quant_scheme *scheme);

#endif
