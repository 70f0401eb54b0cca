/* What went wrong: each kind where it was put, and none in a healthy run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <mtui/incidents.h>
#include <mtui/metric.h>

#include "build_series.h"
#include "random_bytes.h"

#define N 640

struct fixture {
	double values[N], walls[N];
	int64_t steps[N];
	struct built_series built;
	struct incidents found;
};

/* A loss that falls with some noise. */
static void healthy(struct fixture *f)
{
	uint64_t seed = 11;

	*f = (struct fixture){ 0 };
	for (int i = 0; i < N; i++) {
		double noise = (double)(random_next(&seed) % 1000) / 1000 - 0.5;

		f->values[i] = 2.5 - 2 * sqrt((double)i / N) + 0.1 * noise;
		f->walls[i] = 1e9 + 2 * i;
		f->steps[i] = 10 * i;
	}
}

static void find(struct fixture *f, const char *tag)
{
	const struct series *series =
		build_series(&f->built, tag, f->steps, f->walls, f->values, N);

	assert_true(incidents_find(&f->found, series));
}

static void done(struct fixture *f)
{
	incidents_free(&f->found);
	built_series_free(&f->built);
}

static void only(const struct fixture *f, enum incident_kind kind, uint64_t index)
{
	if (f->found.count != 1 || f->found.items[0].kind != kind ||
	    f->found.items[0].index != index)
		fail_msg("%zu found; the first is %s at %d, not %s at %d", f->found.count,
			 f->found.count ? incident_words[f->found.items[0].kind] : "none",
			 f->found.count ? (int)f->found.items[0].index : -1, incident_words[kind],
			 (int)index);
}

static void healthy_has_none(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	find(&f, "loss");
	assert_int_equal(f.found.count, 0);
	done(&f);
}

static void not_finite_are_stretches(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	f.values[100] = f.values[101] = f.values[102] = NAN;
	f.values[200] = INFINITY;
	find(&f, "loss");
	assert_int_equal(f.found.count, 2);
	assert_int_equal(f.found.items[0].kind, INCIDENT_NAN);
	assert_int_equal(f.found.items[0].index, 100);
	assert_int_equal(f.found.items[0].count, 3);
	assert_int_equal(f.found.items[0].step, 1000);
	assert_int_equal(f.found.items[1].kind, INCIDENT_INFINITE);
	done(&f);
}

static void spike_comes_back_a_level_does_not(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	f.values[300] = 9;
	f.values[301] = 7;
	find(&f, "loss");
	only(&f, INCIDENT_SPIKE, 300);
	assert_int_equal(f.found.items[0].count, 2);
	assert_true(f.found.items[0].value == 9);
	done(&f);

	healthy(&f);
	for (int i = 100; i < N; i++)
		f.values[i] -= 4;
	find(&f, "loss");
	assert_int_equal(f.found.count, 0);
	done(&f);
}

static void divergence_is_for_good(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	for (int i = 400; i < N; i++)
		f.values[i] += (i - 400) * 0.02;
	find(&f, "loss");
	assert_int_equal(f.found.count, 1);
	assert_int_equal(f.found.items[0].kind, INCIDENT_DIVERGENCE);
	assert_in_range(f.found.items[0].index, 400, 440);
	done(&f);

	/* What is bad for a loss is good for an accuracy. */
	healthy(&f);
	for (int i = 0; i < N; i++)
		f.values[i] = 3 - f.values[i];
	find(&f, "accuracy");
	assert_int_equal(f.found.count, 0);
	done(&f);
}

static void plateau_begins(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	for (int i = 0; i < N; i++)
		f.values[i] = i < 320 ? 2 - i / 200.0 : 0.4 + 0.001 * (i % 2);
	find(&f, "loss");
	only(&f, INCIDENT_PLATEAU, 320);
	done(&f);
}

static void rate_steps(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	for (int i = 0; i < N; i++)
		f.values[i] = i < 50 ? 1e-3 * (i + 1) / 50 : i < 300 ? 1e-3 : 1e-4;
	find(&f, "train/lr");
	only(&f, INCIDENT_RATE, 300);
	assert_true(f.found.items[0].before == 1e-3);
	done(&f);

	for (int i = 0; i < N; i++)
		f.values[i] = i < 50 ? 1e-3 * (i + 1) / 50 : 1e-3 * (1 + cos((i - 49) / 200.0)) / 2;
	f.found = (struct incidents){ 0 };
	find(&f, "learning_rate");
	only(&f, INCIDENT_RATE, 50);
	done(&f);
}

static void restart_and_gap(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	for (int i = 250; i < N; i++) {
		f.steps[i] -= 500;
		f.walls[i] += 3600;
	}
	find(&f, "loss");
	assert_int_equal(f.found.count, 2);
	assert_int_equal(f.found.items[0].kind, INCIDENT_RESTART);
	assert_int_equal(f.found.items[0].index, 250);
	assert_true(f.found.items[0].before == 2490);
	assert_int_equal(f.found.items[1].kind, INCIDENT_GAP);
	assert_true(f.found.items[1].value == 3602);
	done(&f);
}

static void hostile_is_bounded(void **state)
{
	struct fixture f;

	(void)state;
	healthy(&f);
	for (int i = 0; i < N; i++) {
		f.steps[i] = i % 2 ? INT64_MAX : INT64_MIN;
		f.walls[i] = i % 3 ? 1e308 : -1;
		f.values[i] = i % 5 ? 1e308 : -1e308;
	}
	find(&f, "loss");
	assert_true(f.found.count <= INCIDENTS_MAX);
	done(&f);
}

static void gap_opens(void **state)
{
	struct fixture train, validation;
	struct train_gap gap;

	(void)state;
	healthy(&train);
	healthy(&validation);
	for (int i = 0; i < 20; i++) {
		validation.steps[i] = 320 * (i + 1);
		validation.values[i] = i < 12 ? 2.5 - 0.1 * i : 1.4 + 0.1 * (i - 11);
	}
	build_series(&train.built, "loss", train.steps, train.walls, train.values, N);
	build_series(&validation.built, "val_loss", validation.steps, validation.walls,
		     validation.values, 20);
	assert_true(train_gap_find(&gap, &train.built.series, &validation.built.series, false));
	assert_true(gap.opens);
	assert_int_equal(gap.best_step, 320 * 12);
	assert_true(gap.validation > gap.train);
	built_series_free(&train.built);
	built_series_free(&validation.built);
}

static void names_say_what(void **state)
{
	(void)state;
	assert_true(metric_rises(TEXT("eval/accuracy")) && metric_rises(TEXT("val_acc")) &&
		    metric_rises(TEXT("test_f1")) && metric_rises(TEXT("rollout/ep_reward")));
	assert_false(metric_rises(TEXT("train/loss")) || metric_rises(TEXT("perplexity")) ||
		     metric_rises(TEXT("accuracy_loss")) || metric_rises(TEXT("macro")));
	assert_true(metric_is_rate(TEXT("lr-Adam/pg1")) && metric_is_rate(TEXT("learning_rate")));
	assert_false(metric_is_rate(TEXT("lrelu")));
	assert_true(text_is(metric_group(TEXT("a/b/loss")), "a/b"));
	assert_true(text_is(metric_group(TEXT("loss")), ""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(healthy_has_none),
		cmocka_unit_test(not_finite_are_stretches),
		cmocka_unit_test(spike_comes_back_a_level_does_not),
		cmocka_unit_test(divergence_is_for_good),
		cmocka_unit_test(plateau_begins),
		cmocka_unit_test(rate_steps),
		cmocka_unit_test(restart_and_gap),
		cmocka_unit_test(hostile_is_bounded),
		cmocka_unit_test(gap_opens),
		cmocka_unit_test(names_say_what),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
