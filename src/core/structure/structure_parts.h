/* The parts of structure_find; each false only without memory. */
#ifndef STRUCTURE_STRUCTURE_PARTS_H
#define STRUCTURE_STRUCTURE_PARTS_H

#include <mtui/structure.h>

bool repeats_find(const struct layers *layers, struct structure *structure);
bool foldable_find(const struct shapes *shapes, struct structure *structure);

/* After the others: it counts patterns. */
bool summary_make(const struct shapes *shapes, struct structure *structure);

/* Elements of a tensor type whose dims are all numbers; false for others. */
bool shape_count(const struct type *type, uint64_t *count);

#endif
