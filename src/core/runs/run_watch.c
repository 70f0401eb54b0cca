#include "core/runs/run_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#define EVENTS                                                                                     \
	(IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE |        \
	 IN_ONLYDIR)

void run_watch_init(struct run_watch *watch)
{
	*watch = (struct run_watch){ .fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC) };
	watch->partial = watch->fd < 0;
}

void run_watch_free(struct run_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	for (size_t i = 0; i < watch->count; i++)
		free(watch->items[i].path);
	free(watch->items);
}

/* Where the watch of this id is or would be. */
static size_t place_of(const struct run_watch *watch, int id)
{
	size_t low = 0, high = watch->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (watch->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void run_watch_add(struct run_watch *watch, const char *directory)
{
	if (watch->fd < 0 || watch->count >= WATCH_MOST) {
		watch->partial = true;
		return;
	}
	if (watch->count == watch->room) {
		size_t room = watch->room ? watch->room * 2 : 16;
		struct watched *grown = realloc(watch->items, room * sizeof *grown);
		if (!grown) {
			watch->partial = true;
			return;
		}
		watch->items = grown;
		watch->room = room;
	}
	/* The same directory again has the same id. */
	int id = inotify_add_watch(watch->fd, directory, EVENTS);
	size_t at = place_of(watch, id);
	if (id >= 0 && at < watch->count && watch->items[at].id == id)
		return;
	char *path = id < 0 ? NULL : strdup(directory);
	if (!path) {
		watch->partial = true;
		return;
	}
	memmove(watch->items + at + 1, watch->items + at,
		(watch->count - at) * sizeof *watch->items);
	watch->items[at] = (struct watched){ id, path };
	watch->count++;
}

static void forget(struct run_watch *watch, size_t at)
{
	free(watch->items[at].path);
	memmove(watch->items + at, watch->items + at + 1,
		(--watch->count - at) * sizeof *watch->items);
}

static void tell(struct run_watch *watch, const struct inotify_event *event, run_watch_told *told,
		 void *context)
{
	size_t at = place_of(watch, event->wd);
	char *path;

	if (event->mask & IN_Q_OVERFLOW) {
		told(context, NULL);
		return;
	}
	if (at == watch->count || watch->items[at].id != event->wd)
		return;
	if (event->mask & IN_IGNORED) {
		forget(watch, at);
		told(context, NULL);
		return;
	}
	const char *directory = watch->items[at].path;
	size_t len = strlen(directory);
	if (event->len == 0 ||
	    asprintf(&path, "%s%s%s", directory, len && directory[len - 1] == '/' ? "" : "/",
		     event->name) < 0) {
		told(context, NULL);
		return;
	}
	/* A directory that came may hold logs already. */
	if ((event->mask & IN_ISDIR) && (event->mask & (IN_CREATE | IN_MOVED_TO)))
		told(context, NULL);
	else
		told(context, path);
	free(path);
}

void run_watch_read(struct run_watch *watch, run_watch_told *told, void *context)
{
	_Alignas(struct inotify_event) char buffer[8192];
	ssize_t len;

	while (watch->fd >= 0 && (len = read(watch->fd, buffer, sizeof buffer)) > 0) {
		for (char *p = buffer; p < buffer + len;) {
			const struct inotify_event *event = (const struct inotify_event *)p;
			tell(watch, event, told, context);
			p += sizeof *event + event->len;
		}
	}
}
