/* Tree, overview and check over real files, where they are there (MTUI_SHARED): every row is
 * selected once, and what must be on the screen is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "session/session.h"
#include "ui/views/view.h"

#define WIDTH  78
#define HEIGHT 24

static struct session *open_model(const char *name)
{
	const char *shared = getenv("MTUI_SHARED");
	char path[1024];
	struct error err = { .offset = -1 };

	snprintf(path, sizeof path, "%s/data/onnx/%s", shared ? shared : "../shared", name);
	if (access(path, R_OK) != 0) {
		print_message("%s is not there: set MTUI_SHARED\n", name);
		return NULL;
	}
	struct session *session = session_new(1, &err);
	assert_non_null(session);
	assert_true(session_open(session, path, &err));
	return session;
}

static struct view_context context_of(struct session *session)
{
	struct view_context context = {
		.session = session,
		.model = session_model(session, 0),
		.layers = session_layers(session, 0),
		.dial = QUANT_DIAL_DEFAULT,
		.glyphs = glyphs_get(GLYPHS_ASCII),
		.search = "",
		.width = WIDTH,
		.height = HEIGHT,
	};

	return context;
}

/* Updates and waits until nothing is missing, as a script does; the screen as text. */
static char *settled(struct view *view, struct view_context *context)
{
	char *screen = malloc(HEIGHT * (WIDTH * 12 + 2));
	struct canvas canvas;
	size_t used = 0;

	for (int round = 0; round < 100; round++) {
		session_update_begin(context->session);
		view->ops->update(view, context);
		session_update_end(context->session);
		if (session_progress(context->session).tasks == 0)
			break;
		session_finish(context->session);
	}
	assert_true(canvas_init(&canvas, WIDTH, HEIGHT, context->glyphs));
	view->ops->draw(view, context, &canvas);
	for (int y = 0; y < HEIGHT; y++) {
		used += canvas_row(&canvas, y, screen + used, WIDTH * 12 + 1);
		screen[used++] = '\n';
	}
	screen[used] = '\0';
	canvas_free(&canvas);
	return screen;
}

static void test_squeezenet(void **state)
{
	struct session *session = open_model("onnx__light_squeezenet.onnx");
	struct view view;

	(void)state;
	if (!session)
		skip();
	struct view_context context = context_of(session);
	assert_true(view_init(&view, &tree_view));
	char *screen = settled(&view, &context);
	assert_non_null(strstr(screen, "fire2"));
	assert_non_null(strstr(screen, "conv1"));
	free(screen);
	struct view_answer answer = { .focus = context.focus };
	view.ops->command(&view, &context, COMMAND_FILTER, TEXT("squeeze1x1 op=Conv"), &answer);
	context.focus = answer.focus;
	screen = settled(&view, &context);
	assert_non_null(strstr(screen, "8 hits"));
	assert_non_null(strstr(screen, "squeeze1x1"));
	free(screen);
	view_free(&view);
	session_free(session);
}

static void every_row(const char *name)
{
	struct session *session = open_model(name);
	const struct view_ops *const shown[] = { &tree_view, &overview_view, &check_view };

	if (!session)
		skip();
	struct view_context context = context_of(session);
	for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
		struct view view;
		struct canvas canvas;
		assert_true(view_init(&view, shown[i]));
		assert_true(canvas_init(&canvas, WIDTH, HEIGHT, context.glyphs));
		for (uint32_t row = 0; row < context.layers->n_rows; row++) {
			context.focus.row = row;
			context.focus.tensor = layer_tensor(context.model, context.layers, row);
			session_update_begin(session);
			view.ops->update(&view, &context);
			session_update_end(session);
			canvas_clear(&canvas);
			view.ops->draw(&view, &context, &canvas);
		}
		canvas_free(&canvas);
		view_free(&view);
	}
	session_free(session);
}

static void test_every_row(void **state)
{
	(void)state;
	every_row("onnxruntime-qnn__gpt2_past.onnx");
	every_row("silero-vad__silero_vad.onnx");
	every_row("onnxruntime-qnn__bad_names.onnx");
	every_row("onnxruntime-qnn__training_model.onnx");
	every_row("onnxruntime-qnn__sparse_initializer_handling.onnx");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_squeezenet),
		cmocka_unit_test(test_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
