/* One view over a model made by hand, on a canvas, with commands and their effects. */
#ifndef VIEW_FIXTURE_H
#define VIEW_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "build_model.h"
#include "fake_session.h"
#include "ui/views/view.h"

#define MAX_WIDTH  130
#define MAX_HEIGHT 40
#define SHAPE(...)                                                                                 \
	(sizeof((int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t)), (int64_t[])                        \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

struct fixture {
	struct build build;
	struct session session;
	struct view view;
	struct view_context context;
	struct view_answer answer;
	unsigned effects; /* of the last command */
	char screen[MAX_HEIGHT * (MAX_WIDTH * 12 + 2)];
};

static inline struct fixture *fixture_new(void)
{
	struct fixture *f = calloc(1, sizeof *f);

	build_init(&f->build);
	return f;
}

/* When the model is built: a view over it. */
static inline void show(struct fixture *f, const struct view_ops *ops, int width, int height)
{
	for (size_t i = 0; i < f->build.model.n_tensors; i++)
		f->build.tensors[i].present = f->build.tensors[i].count;
	const struct model *model = build_done(&f->build);
	f->session.model = model;
	f->session.layers = model_layers(model, NULL);
	f->session.path = "/models/net.onnx";
	assert_non_null(f->session.layers);
	assert_true(view_init(&f->view, ops));
	f->context = (struct view_context){
		.session = &f->session,
		.model = model,
		.layers = f->session.layers,
		.dial = QUANT_DIAL_DEFAULT,
		.glyphs = glyphs_get(GLYPHS_ASCII),
		.search = "",
		.focused = true,
		.width = width,
		.height = height,
	};
	f->context.focus.tensor = layer_tensor(model, f->session.layers, 0);
}

static inline void fixture_free(struct fixture *f)
{
	view_free(&f->view);
	build_free(&f->build);
	free(f);
}

static inline const char *screen(struct fixture *f)
{
	struct canvas canvas;
	int height = f->context.height;
	size_t used = 0;

	f->view.ops->update(&f->view, &f->context);
	if (f->context.whole)
		height = f->view.ops->measure(&f->view, &f->context, f->context.width);
	assert_in_range(height, 1, MAX_HEIGHT);
	assert_true(canvas_init(&canvas, f->context.width, height, f->context.glyphs));
	f->view.ops->draw(&f->view, &f->context, &canvas);
	for (int y = 0; y < height; y++) {
		used += canvas_row(&canvas, y, f->screen + used, MAX_WIDTH * 12 + 1);
		f->screen[used++] = '\n';
	}
	f->screen[used] = '\0';
	canvas_free(&canvas);
	return f->screen;
}

static inline void act(struct fixture *f, enum command command, const char *argument)
{
	f->answer = (struct view_answer){ .focus = f->context.focus };
	f->effects = f->view.ops->command(&f->view, &f->context, command, text_from(argument),
					  &f->answer);
	if (f->effects & EFFECT_FOCUS)
		f->context.focus = f->answer.focus;
}

static inline const char *selected(struct fixture *f)
{
	static char label[64];
	char buffer[64];
	struct text text = layer_label(f->context.layers, f->context.focus.row, buffer);

	snprintf(label, sizeof label, "%.*s", (int)text.len, text.data);
	return label;
}

static inline void add_network(struct build *b)
{
	build_tensor(b, "conv1.weight", DTYPE_F32, SHAPE(16, 3, 3, 3));
	build_tensor(b, "block.10.fc.weight", DTYPE_F16, SHAPE(8, 4));
	build_tensor(b, "block.2.fc.weight", DTYPE_F32, SHAPE(8, 8));
	build_tensor(b, "block.2.fc.bias", DTYPE_F32, SHAPE(8));
	build_node(b, "/conv1/Conv", "Conv", "x conv1.weight", "a");
	build_type(b, "a", DTYPE_F32, SHAPE(-1, 16, 112, 112));
	build_node(b, "/block/10/fc/Gemm", "Gemm", "a block.10.fc.weight", "c");
	build_node(b, "/block/10/relu/Relu", "Relu", "c", "d");
	build_node(b, "/block/2/fc/Gemm", "Gemm", "d block.2.fc.weight block.2.fc.bias", "e");
	build_node(b, "", "Softmax", "e", "y");
}

#endif
