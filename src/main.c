/* The program: reads the command line, then hands over to the terminal or to batch. */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mtui/file.h>

#include "arguments.h"
#include "batch.h"
#include "checkup.h"
#include "export/export.h"
#include "message.h"
#include "operator.h"
#include "session/dims.h"
#include "session/library.h"
#include "session/session.h"
#include "ui/app/app.h"
#include "ui/tui/tui.h"

/* Descriptors 0 to 2 are always open, so that no file of ours can be taken for one of them. */
static bool standard_descriptors(void)
{
	for (int fd = 0; fd <= 2; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
			return false;
	return true;
}

/* Keys come from the terminal even when the model comes through standard input. */
static bool reads_stdin(const struct arguments *arguments)
{
	for (size_t i = 0; i < arguments->n_files; i++)
		if (strcmp(arguments->files[i], "-") == 0)
			return true;
	return false;
}

static bool is_batch(const struct arguments *arguments)
{
	if (arguments->op || arguments->check || arguments->has_format || arguments->output || arguments->keys || arguments->width)
		return true;
	return !isatty(STDOUT_FILENO) || (!isatty(STDIN_FILENO) && !reads_stdin(arguments));
}

static bool take_terminal(void)
{
	int fd;

	if (isatty(STDIN_FILENO))
		return true;
	fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (dup2(fd, STDIN_FILENO) < 0) {
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

/* What the command line, the configuration and the terminal's locale say about the looks. */
struct looks {
	struct config config;
	struct theme theme;
	const struct glyphs *glyphs;
	bool utf8;
	enum gate_mode gate;
	struct error complaint; /* about the configuration or the theme; else ERROR_NONE */
};

/* The screen shows it, too: it covers what stands on standard error until the end. */
static void complain(struct looks *looks, const struct error *err)
{
	message_error(looks->gate, NULL, err);
	looks->complaint = *err;
}

static void choose_glyphs(struct looks *looks, const struct arguments *arguments, bool batch)
{
	const struct glyphs *preferred = glyphs_named(looks->theme.glyphs);

	looks->glyphs = glyphs_get(looks->utf8 ? GLYPHS_BLOCKS : GLYPHS_ASCII);
	if (looks->utf8 && preferred)
		looks->glyphs = preferred;
	if (looks->utf8 && looks->config.glyphs)
		looks->glyphs = looks->config.glyphs;
	/* A file can hold UTF-8 whatever the terminal understands. */
	if (arguments->glyphs && (looks->utf8 || batch))
		looks->glyphs = arguments->glyphs;
}

/* A bad configuration or theme gives one message and the default. */
static void choose_looks(struct looks *looks, const struct arguments *arguments, bool batch)
{
	const char *name = arguments->theme;
	struct error err;

	if (!config_load(&looks->config, &err))
		complain(looks, &err);
	if (!name && looks->config.theme[0])
		name = looks->config.theme;
	if (!name)
		theme_default(&looks->theme);
	else if (!theme_load(&looks->theme, name, &err))
		complain(looks, &err);
	choose_glyphs(looks, arguments, batch);
}

static int count_colours(const struct arguments *arguments)
{
	const char *no_color = getenv("NO_COLOR");

	if (arguments->colour == TUI_COLOUR_AUTO)
		return no_color && *no_color ? 0 : 256;
	return arguments->colour == TUI_COLOUR_NEVER ? 0 :
	       arguments->colour == TUI_COLOUR_16 ? 16 : 256;
}

static int run_batch(const struct arguments *arguments, struct looks *looks)
{
	struct batch batch = {
		.arguments = arguments,
		.config = &looks->config,
		.theme = &looks->theme,
		.glyphs = looks->glyphs,
		.gate = looks->gate,
		.colours = count_colours(arguments),
	};

	struct error err;
	int status;

	signal(SIGPIPE, SIG_DFL); /* `mtui ... | head` ends quietly */
	if (arguments->importance &&
	    !importance_load(&batch.importance, arguments->importance, &err))
		return message_error(looks->gate, arguments->importance, &err);
	status = arguments->op	    ? operator_run(&batch)
		 : arguments->check ? checkup_run(&batch)
				    : batch_run(&batch);
	importance_free(&batch.importance);
	return status;
}

/* Opens what can be opened. *status is that of the first file that failed. */
static void open_files(struct session *session, const struct arguments *arguments,
		       enum gate_mode gate, int *status)
{
	struct error err;

	*status = 0;
	for (size_t i = 0; i < arguments->n_files; i++) {
		if (session_open(session, arguments->files[i], &err))
			continue;
		int failed = message_error(gate, arguments->files[i], &err);
		*status = *status ? *status : failed;
	}
}

#define FIRST_READ 0.1 /* seconds for the logs before the first frame; the rest follows */

static void open_runs(struct session *session, const struct arguments *arguments,
		      enum gate_mode gate, int *status)
{
	const struct run_options options = { .no_checksum = arguments->no_checksum };
	struct error err;

	if (!arguments->n_runs)
		return;
	if (!session_open_runs(session, arguments->runs, arguments->n_runs, &options, FIRST_READ,
			       &err)) {
		int failed = message_error(gate, NULL, &err);
		*status = *status ? *status : failed;
	}
	for (size_t i = 0; i < arguments->n_runs; i++)
		if (session_run_failure(session, i, &err)) {
			int failed = message_error(gate, arguments->runs[i], &err);
			*status = *status ? *status : failed;
		}
}

/* Every document's tree, before anything is shown. */
static bool build_layers(const struct session *session, struct error *err)
{
	for (uint32_t i = 0; i < session_documents(session); i++)
		if (!model_layers(session_model(session, i), err))
			return false;
	return true;
}

static int run_app(const struct arguments *arguments, struct looks *looks, struct session *session)
{
	const char *no_color = getenv("NO_COLOR");
	enum tui_colour colour = arguments->colour;
	int signal_number = 0, status = 0;
	struct error err;
	struct app *app = !build_layers(session, &err) ? NULL : app_new(&(struct app_options){
		.session = session,
		.config = &looks->config,
		.theme = &looks->theme,
		.glyphs = looks->glyphs,
		.view = arguments_tab(arguments),
		.select = arguments->n_selects ? arguments->selects[0] : NULL,
		.dial = &arguments->quant,
		.ladder = &arguments->ladder,
		.budget = arguments->plan.budget,
		.exporter = export_app,
	}, &err);

	if (!app)
		return message_error(looks->gate, NULL, &err);
	if (colour == TUI_COLOUR_AUTO && no_color && *no_color)
		colour = TUI_COLOUR_NEVER;
	if (looks->complaint.code != ERROR_NONE)
		app_message(app, "%s", looks->complaint.message);
	if (session_documents(session) < arguments->n_files)
		app_message(app, "%zu of %zu files could not be opened; see the messages after the end",
			    arguments->n_files - session_documents(session), arguments->n_files);
	if (!tui_run(app, colour, looks->config.mouse, &signal_number, &err))
		status = message_error(looks->gate, NULL, &err);
	app_free(app);
	return signal_number ? 128 + signal_number : status;
}

static int run_terminal(const struct arguments *arguments, struct looks *looks)
{
	struct error err;
	struct session *session = session_new(arguments->threads, &err);
	int opening, status;

	if (!session)
		return message_error(looks->gate, NULL, &err);
	session_use_library(session, arguments->libonnx);
	if (!session_bind_dims(session, arguments->dims, arguments->n_dims, &err)) {
		session_free(session);
		return message_error(looks->gate, NULL, &err);
	}
	open_files(session, arguments, looks->gate, &opening);
	open_runs(session, arguments, looks->gate, &opening);
	if (arguments_original(arguments) &&
	    !session_open_original(session, arguments->against, &err)) {
		session_free(session);
		return message_error(looks->gate, arguments->against, &err);
	}
	/* Where --run says that there will be logs, one can wait for them. */
	if (!opening && session_documents(session) == 0 && !session_runs_hold(session) &&
	    !arguments->has_run && !session_runs_unread(session)) {
		error_set(&err, ERROR_READ, -1, "it is a directory without training logs");
		opening = message_error(looks->gate, arguments->runs[0], &err);
	}
	if (session_documents(session) == 0 &&
	    (!session_runs(session) || (opening && !session_runs_hold(session)))) {
		session_free(session);
		return opening;
	}
	if (!take_terminal()) {
		error_set(&err, ERROR_TERMINAL, -1, "no terminal to read keys from; try --export=text");
		status = message_error(looks->gate, NULL, &err);
	} else {
		status = run_app(arguments, looks, session);
	}
	session_free(session);
	return status ? status : opening;
}

static int run(struct arguments *arguments, struct looks *looks)
{
	bool batch = is_batch(arguments);
	struct error err;

	arguments_take_runs(arguments);

	if (!file_guard_install(&err))
		return message_error(looks->gate, NULL, &err);
	file_set_stdin_limit(arguments->max_stdin);
	/* Data has no looks. */
	if (!batch || !export_is_report(arguments->format))
		choose_looks(looks, arguments, batch);
	else
		looks->glyphs = glyphs_get(GLYPHS_BLOCKS);
	return batch ? run_batch(arguments, looks) : run_terminal(arguments, looks);
}

int main(int argc, char **argv)
{
	struct arguments arguments;
	struct looks looks = { 0 };
	struct error err;
	int status = 0;

	if (!standard_descriptors())
		return error_exit_status(ERROR_READ);
	/* Before there are threads: a LAPACK that brings its own is asked to keep to one. */
	setenv("OPENBLAS_NUM_THREADS", "1", 0);
	/* Only the character set: numbers look the same in every locale. */
	setlocale(LC_CTYPE, "");
	looks.utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	looks.gate = looks.utf8 ? GATE_UNICODE : GATE_ASCII;
	signal(SIGXFSZ, SIG_IGN); /* a file that may not grow is a write error */
	if (!arguments_parse(&arguments, argc, argv, &err))
		status = message_error(looks.gate, NULL, &err);
	else if (arguments.action == ARGUMENTS_HELP)
		arguments_print_help();
	else if (arguments.action == ARGUMENTS_QUANT_HELP)
		arguments_print_quant_help();
	else if (arguments.action == ARGUMENTS_CHECK_HELP)
		checkup_print_help();
	else if (arguments.action == ARGUMENTS_VERSION)
		arguments_print_version(arguments.verbose);
	else
		status = run(&arguments, &looks);
	arguments_free(&arguments);
	return status;
}
