/* For files that are compiled once for every variant, with KERNELS_ISA from the command line. */
#ifndef KERNELS_VARIANT_H
#define KERNELS_VARIANT_H

#ifndef KERNELS_ISA
#define KERNELS_ISA plain
#endif

#define JOINED(name, isa) name##_##isa
#define JOIN(name, isa)	  JOINED(name, isa)
#define VARIANT(name)	  JOIN(name, KERNELS_ISA)
#define QUOTED(name)	  #name
#define QUOTE(name)	  QUOTED(name)

/* A group is a vector or a few: unrolled too early, its lanes are not recognised as such. */
#define KEEP_LOOP _Pragma("GCC unroll 1")

#endif
