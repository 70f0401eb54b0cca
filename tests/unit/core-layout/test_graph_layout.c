/* Layouts of known and of random graphs, and the rules that every drawing keeps: boxes apart, every
 * line from its box to its ends, no cell of two lines but where they cross. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <mtui/graph_layout.h>

#define MOST 6000

struct test_graph {
	struct layout_graph graph;
	struct layout_net nets[MOST];
	uint32_t targets[4 * MOST];
	struct arena arena;
	struct layering layering;
	struct graph_layout layout;
	int width, label;
};

static struct test_graph *new_graph(uint32_t n)
{
	struct test_graph *t = calloc(1, sizeof *t);

	assert_non_null(t);
	t->graph = (struct layout_graph){ .nets = t->nets, .targets = t->targets, .n_vertices = n };
	t->width = 9;
	t->label = 5;
	arena_init(&t->arena, 0);
	return t;
}

static void free_graph(struct test_graph *t)
{
	arena_free(&t->arena);
	free(t);
}

/* Nets in the order of their sources; the last one may go on. */
static void net(struct test_graph *t, uint32_t source, size_t n, const uint32_t *targets)
{
	uint32_t first = t->graph.n_nets ? t->nets[t->graph.n_nets - 1].first_target +
						   t->nets[t->graph.n_nets - 1].n_targets : 0;

	memcpy(t->targets + first, targets, n * sizeof *targets);
	t->nets[t->graph.n_nets++] = (struct layout_net){ source, first, (uint32_t)n };
}

#define NET(t, source, ...)                                                                        \
	net(t, source, sizeof((uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t),                     \
	    (uint32_t[]){ __VA_ARGS__ })

static void box(const void *context, uint32_t vertex, struct layout_size *size)
{
	const struct test_graph *t = context;

	*size = (struct layout_size){ t->width + (int)(vertex % 7), 3, 6 };
}

static int label(const void *context, uint32_t index)
{
	const struct test_graph *t = context;

	return index % 3 == 0 ? 0 : t->label;
}

static void lay_out_window(struct test_graph *t, struct layout_window window)
{
	const struct layout_measure measure = { box, label, t };

	assert_true(layering_compute(&t->graph, &t->arena, &t->layering, NULL));
	assert_true(graph_layout_compute(&t->graph, &t->layering, &measure, &window, &t->arena,
					 &t->layout, NULL));
}

static void lay_out(struct test_graph *t)
{
	lay_out_window(t, (struct layout_window){ 0 });
}

/* --- The rules --------------------------------------------------------------------------------- */

/* Of each cell: the nets that run through it across and down, one more; whether one turns there;
 * whether a box or words are there. */
struct cell {
	uint32_t across, down;
	bool turns, taken;
};

struct grid {
	struct cell *cells;
	int32_t width, height;
};

static struct cell *cell(struct grid *grid, int32_t x, int32_t y)
{
	assert_in_range(x, 0, grid->width - 1);
	assert_in_range(y, 0, grid->height - 1);
	return &grid->cells[(size_t)y * (size_t)grid->width + (size_t)x];
}

static void across(struct grid *grid, int32_t a, int32_t b, int32_t y, uint32_t net)
{
	for (int32_t x = a < b ? a : b; x <= (a < b ? b : a); x++) {
		struct cell *c = cell(grid, x, y);

		assert_true(c->across == 0 || c->across == net);
		assert_false(c->taken);
		c->across = net;
	}
}

static void down(struct grid *grid, int32_t x, int32_t y0, int32_t y1, uint32_t net)
{
	for (int32_t y = y0; y <= y1; y++) {
		struct cell *c = cell(grid, x, y);

		assert_true(c->down == 0 || c->down == net);
		assert_false(c->taken);
		c->down = net;
	}
}

/* A line turns or branches here: no other one may be in the cell. */
static void turn(struct grid *grid, int32_t x, int32_t y)
{
	struct cell *c = cell(grid, x, y);

	assert_true(c->across == 0 || c->down == 0 || c->across == c->down);
	c->turns = true;
}

static void take(struct grid *grid, int32_t x, int32_t y, int32_t width, int32_t height)
{
	for (int32_t j = y; j < y + height; j++)
		for (int32_t i = x; i < x + width; i++) {
			assert_false(cell(grid, i, j)->taken);
			cell(grid, i, j)->taken = true;
		}
}

static void check_wire(struct grid *grid, const struct graph_layout *layout,
		       const struct layout_wire *wire)
{
	const struct layout_place *from = &layout->places[wire->place];
	/* An edge of a cycle is a line of its own. */
	uint32_t net = 2 * wire->net + 1 + wire->reversed;

	assert_in_range(wire->x, from->x, from->x + from->width - 1);
	assert_int_equal(wire->top, from->y + from->height);
	assert_true(wire->n_ends > 0);
	if (wire->track < 0)
		assert_int_equal(wire->n_ends, 1);
	if (wire->jog >= 0) {
		assert_true(wire->jog >= wire->top && wire->jog < wire->track);
		down(grid, wire->x, wire->top, wire->jog, net);
		across(grid, wire->x, wire->jog_x, wire->jog, net);
		down(grid, wire->jog_x, wire->jog, wire->track, net);
	} else if (wire->track >= 0) {
		assert_true(wire->track >= wire->top);
		down(grid, wire->x, wire->top, wire->track, net);
	}
	for (uint32_t k = wire->first_end; k < wire->first_end + wire->n_ends; k++) {
		const struct layout_end *end = &layout->ends[k];
		const struct layout_place *to = &layout->places[end->place];

		assert_int_equal(to->layer, from->layer + 1);
		assert_int_equal(end->y, to->y);
		assert_in_range(end->x, to->x, to->x + to->width - 1);
		if (to->kind == PLACE_BOX)
			assert_in_range(end->x, to->x + 1, to->x + to->width - 2);
		if (wire->track < 0) {
			assert_int_equal(end->x, wire->x);
			down(grid, wire->x, wire->top, end->y - 1, net);
			continue;
		}
		across(grid, wire->jog >= 0 ? wire->jog_x : wire->x, end->x, wire->track, net);
		down(grid, end->x, wire->track, end->y - 1, net);
	}
}

static void check_turns(struct grid *grid, const struct graph_layout *layout,
			const struct layout_wire *wire)
{
	if (wire->jog >= 0) {
		turn(grid, wire->x, wire->jog);
		turn(grid, wire->jog_x, wire->jog);
	}
	if (wire->track < 0)
		return;
	turn(grid, wire->jog >= 0 ? wire->jog_x : wire->x, wire->track);
	for (uint32_t k = wire->first_end; k < wire->first_end + wire->n_ends; k++)
		turn(grid, layout->ends[k].x, wire->track);
}

/* Edges that are drawn from box to box, through places that are passed. */
static size_t count_drawn(const struct graph_layout *layout)
{
	size_t edges = 0;

	for (uint32_t i = 0; i < layout->n_ends; i++)
		edges += layout->places[layout->ends[i].place].kind == PLACE_BOX;
	return edges;
}

static size_t count_left_out(const struct graph_layout *layout)
{
	size_t edges = 0;

	for (uint32_t i = 0; i < layout->n_places; i++)
		edges += layout->places[i].left_out_in;
	return edges;
}

/* Every place that a line passes is passed once from above and once below. */
static void check_passes(const struct graph_layout *layout)
{
	uint8_t *above = calloc(layout->n_places + 1, 1), *below = calloc(layout->n_places + 1, 1);

	for (uint32_t i = 0; i < layout->n_wires; i++)
		below[layout->wires[i].place]++;
	for (uint32_t i = 0; i < layout->n_ends; i++)
		above[layout->ends[i].place] = (uint8_t)(above[layout->ends[i].place] < 2
								 ? above[layout->ends[i].place] + 1 : 2);
	for (uint32_t i = 0; i < layout->n_places; i++)
		if (layout->places[i].kind == PLACE_PASS)
			assert_true(above[i] == 1 && below[i] == 1);
	free(above);
	free(below);
}

static void check(struct test_graph *t)
{
	const struct graph_layout *layout = &t->layout;
	struct grid grid = { .width = layout->width + 1, .height = layout->height + 1 };

	grid.cells = calloc((size_t)grid.width * (size_t)grid.height, sizeof *grid.cells);
	assert_non_null(grid.cells);
	for (uint32_t i = 0; i < layout->n_places; i++) {
		const struct layout_place *place = &layout->places[i];

		if (place->kind != PLACE_PASS)
			take(&grid, place->x, place->y, place->width, place->height);
		if (place->kind == PLACE_BOX)
			assert_int_equal(layout->place_of[place->vertex], i);
	}
	for (uint32_t i = 0; i < layout->n_labels; i++)
		take(&grid, layout->labels[i].x, layout->labels[i].y, layout->labels[i].width, 1);
	for (uint32_t i = 0; i < layout->n_wires; i++)
		check_wire(&grid, layout, &layout->wires[i]);
	for (uint32_t i = 0; i < layout->n_places; i++)
		if (layout->places[i].kind == PLACE_PASS)
			down(&grid, layout->places[i].x, layout->places[i].y,
			     layout->places[i].y + layout->places[i].height - 1, UINT32_MAX);
	for (uint32_t i = 0; i < layout->n_wires; i++)
		check_turns(&grid, layout, &layout->wires[i]);
	check_passes(layout);
	free(grid.cells);
}

/* All vertices are there, all edges drawn, each down. */
static void check_whole(struct test_graph *t)
{
	size_t edges = 0;

	for (uint32_t i = 0; i < t->graph.n_nets; i++)
		edges += t->nets[i].n_targets;
	for (uint32_t v = 0; v < t->graph.n_vertices; v++)
		assert_int_not_equal(t->layout.place_of[v], UINT32_MAX);
	for (uint32_t i = 0; i < t->graph.n_nets; i++)
		for (uint32_t j = 0; j < t->nets[i].n_targets; j++) {
			uint32_t at = t->nets[i].first_target + j;
			bool goes_down = t->layering.layer_of[t->targets[at]] >
					 t->layering.layer_of[t->nets[i].source];

			assert_int_equal(goes_down, !t->layering.reversed[at]);
		}
	assert_int_equal(count_drawn(&t->layout) + count_left_out(&t->layout), edges);
	check(t);
}

/* --- Known graphs ------------------------------------------------------------------------------ */

static void chain_is_straight(void **state)
{
	struct test_graph *t = new_graph(20);

	(void)state;
	for (uint32_t v = 0; v < 19; v++)
		NET(t, v, v + 1);
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layering.n_layers, 20);
	assert_int_equal(t->layout.height, 20 * 3 + 19);
	for (uint32_t i = 0; i < t->layout.n_wires; i++)
		assert_int_equal(t->layout.wires[i].track, -1);
	free_graph(t);
}

static void tree_has_no_crossings(void **state)
{
	struct test_graph *t = new_graph(127);

	(void)state;
	/* Children in an order that is not that of a walk. */
	for (uint32_t v = 0; v < 63; v++)
		NET(t, v, 2 * v + 2, 2 * v + 1);
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layout.crossings, 0);
	free_graph(t);
}

static void planar_ladder_has_no_crossings(void **state)
{
	struct test_graph *t = new_graph(40);

	(void)state;
	/* Blocks with a line past them: 0 -> 1, 3; 1 -> 2; 2 -> 3. */
	for (uint32_t v = 0; v + 3 < 40; v += 3) {
		NET(t, v, v + 1, v + 3);
		NET(t, v + 1, v + 2);
		NET(t, v + 2, v + 3);
	}
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layout.crossings, 0);
	free_graph(t);
}

static void k33_crosses_as_little_as_two_rows_allow(void **state)
{
	struct test_graph *t = new_graph(6);

	(void)state;
	for (uint32_t v = 0; v < 3; v++)
		NET(t, v, 3, 4, 5);
	lay_out(t);
	check_whole(t);
	/* All orders of two full rows have (3 choose 2)^2 crossings. */
	assert_int_equal(t->layout.crossings, 9);
	free_graph(t);
}

static void twisted_pairs_are_untangled(void **state)
{
	struct test_graph *t = new_graph(16);

	(void)state;
	for (uint32_t v = 0; v < 8; v++)
		NET(t, v, 15 - v);
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layout.crossings, 0);
	free_graph(t);
}

static void swapped_ports_need_a_jog(void **state)
{
	struct test_graph *t = new_graph(4);

	(void)state;
	t->label = 0;
	NET(t, 0, 2, 3);
	NET(t, 1, 2, 3);
	lay_out(t);
	check_whole(t);
	free_graph(t);
}

static void sizes_at_the_border(void **state)
{
	(void)state;
	for (uint32_t n = 0; n < 4; n++) {
		struct test_graph *t = new_graph(n);

		lay_out(t);
		check_whole(t);
		assert_int_equal(t->layout.n_places, n);
		free_graph(t);
	}
}

static void cycles_go_up(void **state)
{
	struct test_graph *t = new_graph(5);

	(void)state;
	NET(t, 0, 1);
	NET(t, 1, 2);
	NET(t, 2, 0, 3);
	NET(t, 3, 3, 4);
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layering.n_reversed, 2);
	free_graph(t);
}

static void long_cycle(void **state)
{
	struct test_graph *t = new_graph(MOST);

	(void)state;
	for (uint32_t v = 0; v < MOST; v++)
		NET(t, v, (v + 1) % MOST);
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layering.n_reversed, 1);
	free_graph(t);
}

static void isolated_vertices_stand_in_rows(void **state)
{
	struct test_graph *t = new_graph(MOST);

	(void)state;
	lay_out(t);
	check_whole(t);
	assert_int_equal(t->layering.n_layers, MOST / 6);
	free_graph(t);
}

static void many_sources_of_one(void **state)
{
	struct test_graph *t = new_graph(5001);

	(void)state;
	for (uint32_t v = 0; v < 5000; v++)
		NET(t, v, 5000);
	lay_out_window(t, (struct layout_window){ .anchor = 5000, .max_row = 64 });
	check(t);
	assert_int_equal(t->layout.n_places, 66);
	assert_int_equal(count_left_out(&t->layout), 5000 - 64);
	lay_out_window(t, (struct layout_window){ .anchor = 3000, .max_row = 64 });
	check(t);
	assert_int_not_equal(t->layout.place_of[3000], UINT32_MAX);
	free_graph(t);
}

static void long_lines_are_broken(void **state)
{
	struct test_graph *t = new_graph(200);
	unsigned references = 0;

	(void)state;
	NET(t, 0, 1, 199);
	for (uint32_t v = 1; v < 199; v++)
		NET(t, v, v + 1);
	lay_out(t);
	check(t);
	for (uint32_t i = 0; i < t->layout.n_places; i++) {
		assert_int_not_equal(t->layout.places[i].kind, PLACE_PASS);
		if (t->layout.places[i].kind != PLACE_REFERENCE)
			continue;
		references++;
		assert_int_equal(t->layout.places[i].vertex, 0);
	}
	assert_int_equal(references, 1);
	free_graph(t);
}

/* --- Random graphs ----------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33);
}

static void make_random(struct test_graph *t, uint64_t seed, bool cycles)
{
	uint32_t n = t->graph.n_vertices;

	for (uint32_t v = 0; v < n; v++) {
		uint32_t targets[4], count = 0, wanted = 1 + next_random(&seed) % 3;
		uint32_t reach = next_random(&seed) % 8 == 0 ? n : 12;

		for (uint32_t i = 0; i < wanted; i++) {
			uint32_t target = v + 1 + next_random(&seed) % reach;
			bool twice = false;

			if (cycles && next_random(&seed) % 20 == 0)
				target = next_random(&seed) % n;
			for (uint32_t k = 0; k < count; k++)
				twice = twice || targets[k] == target;
			if (target < n && !twice)
				targets[count++] = target;
		}
		if (count == 0)
			continue;
		/* Some boxes give out two values. */
		if (count > 1 && next_random(&seed) % 4 == 0) {
			net(t, v, 1, targets);
			net(t, v, count - 1, targets + 1);
		} else {
			net(t, v, count, targets);
		}
	}
}

static void random_graphs_keep_the_rules(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 300; seed++) {
		struct test_graph *t = new_graph(2 + (uint32_t)(seed * 7 % 90));

		make_random(t, seed, seed % 3 == 0);
		lay_out(t);
		check_whole(t);
		free_graph(t);
	}
}

static void windows_keep_the_rules(void **state)
{
	struct test_graph *t = new_graph(2000);

	(void)state;
	make_random(t, 5, true);
	for (uint32_t anchor = 0; anchor < 2000; anchor += 97) {
		arena_free(&t->arena);
		arena_init(&t->arena, 0);
		lay_out_window(t, (struct layout_window){ anchor, 200, anchor % 2 ? 4 : 0 });
		check(t);
		assert_int_not_equal(t->layout.place_of[anchor], UINT32_MAX);
		assert_true(t->layout.end_layer - t->layout.first_layer < t->layering.n_layers);
	}
	free_graph(t);
}

static void same_drawing_twice(void **state)
{
	struct test_graph *a = new_graph(500), *b = new_graph(500);

	(void)state;
	make_random(a, 11, false);
	make_random(b, 11, false);
	lay_out(a);
	lay_out(b);
	assert_int_equal(a->layout.n_places, b->layout.n_places);
	assert_memory_equal(a->layout.places, b->layout.places,
			    a->layout.n_places * sizeof *a->layout.places);
	assert_memory_equal(a->layout.ends, b->layout.ends,
			    a->layout.n_ends * sizeof *a->layout.ends);
	free_graph(a);
	free_graph(b);
}

static void ways_between(void **state)
{
	struct test_graph *t = new_graph(7);
	uint8_t marked[7];

	(void)state;
	NET(t, 0, 1, 2);
	NET(t, 1, 3);
	NET(t, 2, 3, 5);
	NET(t, 3, 4);
	NET(t, 5, 6);
	assert_true(graph_between(&t->graph, 0, 4, marked));
	assert_memory_equal(marked, ((uint8_t[]){ 1, 1, 1, 1, 1, 0, 0 }), 7);
	assert_false(graph_between(&t->graph, 4, 0, marked));
	assert_true(graph_between(&t->graph, 6, 6, marked));
	assert_memory_equal(marked, ((uint8_t[]){ 0, 0, 0, 0, 0, 0, 1 }), 7);
	free_graph(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_is_straight),
		cmocka_unit_test(tree_has_no_crossings),
		cmocka_unit_test(planar_ladder_has_no_crossings),
		cmocka_unit_test(k33_crosses_as_little_as_two_rows_allow),
		cmocka_unit_test(twisted_pairs_are_untangled),
		cmocka_unit_test(swapped_ports_need_a_jog),
		cmocka_unit_test(sizes_at_the_border),
		cmocka_unit_test(cycles_go_up),
		cmocka_unit_test(long_cycle),
		cmocka_unit_test(isolated_vertices_stand_in_rows),
		cmocka_unit_test(many_sources_of_one),
		cmocka_unit_test(long_lines_are_broken),
		cmocka_unit_test(random_graphs_keep_the_rules),
		cmocka_unit_test(windows_keep_the_rules),
		cmocka_unit_test(same_drawing_twice),
		cmocka_unit_test(ways_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
