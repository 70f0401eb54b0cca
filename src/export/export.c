/* Formats by name, and views alone. */
#include "export/export.h"

#include <poll.h>
#include <string.h>

#include "export/progress.h"


static const struct {
	const char *name, *extension;
} formats[EXPORT_FORMAT_COUNT] = {
#define X(id, name, extension) [id] = { name, extension },
	EXPORT_FORMATS(X)
#undef X
};

enum export_format export_format_named(const char *name)
{
	enum export_format format = 0;

	while (format < EXPORT_FORMAT_COUNT && strcmp(formats[format].name, name) != 0)
		format++;
	return format;
}

enum export_format export_format_of_path(const char *path)
{
	const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');

	for (int i = 0; dot && i < EXPORT_FORMAT_COUNT; i++)
		if (strcmp(dot + 1, formats[i].extension) == 0)
			return (enum export_format)i;
	return EXPORT_TEXT;
}

void export_cells(struct output *output, enum export_format format, const struct canvas *canvas,
		  const struct export_looks *looks)
{
	if (format == EXPORT_ANSI)
		export_ansi(output, canvas, looks->theme, looks->colours);
	else if (format == EXPORT_MARKDOWN)
		export_markdown(output, canvas, looks->title);
	else
		export_text(output, canvas);
}

/* Asks for what the view shows and waits for it, until it asks for nothing more. False when that
 * was stopped; what is under way then ends at the session's next update. */
static bool export_settle(struct view *view, const struct view_context *context, bool progress,
			  struct output *output)
{
	struct session *session = context->session;
	struct progress line;
	bool stopped = false;

	progress_begin(&line, progress, output);
	while (!stopped) {
		struct session_progress work;
		struct pollfd wake = { .fd = session_wake_fd(session), .events = POLLIN };

		session_update_begin(session);
		if (view->ops->update)
			view->ops->update(view, context);
		session_update_end(session);
		work = session_progress(session);
		if (work.tasks == 0)
			break;
		stopped = progress_update(&line, work.done, work.total, work.name);
		poll(&wake, 1, 100);
		session_collect(session);
	}
	progress_end(&line);
	return !stopped;
}

bool export_draw(struct view *view, const struct view_context *selected, int width, bool progress,
		 struct output *output, struct canvas *canvas, struct error *err)
{
	struct view_context context = *selected;
	int most = EXPORT_MAX_CELLS / width, height, columns;

	context.whole = true;
	context.focused = false;
	context.width = width;
	context.height = most;
	if (!export_settle(view, &context, progress, output))
		return error_set(err, ERROR_CANCELLED, -1, "stopped");
	columns = view->ops->columns ? view->ops->columns(view, &context) : width;
	if (columns > width) {
		width = columns < EXPORT_MAX_COLUMNS ? columns : EXPORT_MAX_COLUMNS;
		context.width = width;
		context.height = most = EXPORT_MAX_CELLS / width;
	}
	height = view->ops->measure(view, &context, width);
	if (height < 1)
		height = 1;
	if (height > most)
		return error_set(err, ERROR_REFUSED, -1,
				 "the view is too tall to be printed (found %d rows, allowed %d)",
				 height, most);
	context.height = height;
	if (!canvas_init(canvas, width, height, context.glyphs))
		return error_set(err, ERROR_MEMORY, -1, "out of memory");
	view->ops->draw(view, &context, canvas);
	return true;
}
