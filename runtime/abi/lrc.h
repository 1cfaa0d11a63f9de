/* lrc: learning-rate policies in a trainer. The whole contract on one page.
 *
 *   lrc_policy* policy;  lrc_run* run;
 *   lrc_facts facts = {.size = sizeof facts, .run = "100K steps", .peak = "3e-4"};
 *   if (lrc_policy_open("pretrain.lrp", &policy) || lrc_bind(policy, &facts, &run)) report();
 *   double values[8];                           // lrc_outputs(run) * lrc_groups(run) of them
 *   for (…) { lrc_values(run, values); …; optimizer_step(); lrc_advance(run); }
 *   lrc_save_file(run, "run.state");
 *
 * Functions that give a status say in lrc_last_error why it is not LRC_FINE, and then change
 * nothing; they refuse NULL wherever this page does not allow it. Where no status can be given, the
 * handle must not be NULL. Functions that give text write at most `size` bytes to `buffer`, a NUL
 * at the end, and return how many bytes the whole text has without it: call with size 0 to ask.
 * Text is UTF-8.
 *
 * Threads: a policy may be used by several at once. Of a run, functions that take a `const
 * lrc_run*` may be called from any thread at any time; the others by one thread at a time (the
 * trainer's), and lrc_next_event by one other. During lrc_load nobody else may be in the run.
 * Nothing here throws, and lrc_values, lrc_value, lrc_evaluate, lrc_observe, lrc_advance and
 * lrc_step take no lock and allocate nothing. A child after fork may go on with its own copy. The
 * caller's rounding and flushing modes do not matter and are left as they are.
 *
 * The library evaluates artifacts (`lrc compile -o`) by itself, and opens liblrc_compiler, which is
 * beside it, when a policy comes as text or is bound to facts that its artifact is not bound to. */
#ifndef LRC_H
#define LRC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#ifdef __GNUC__
#pragma GCC visibility push(default)
#endif

/* Of this page. Functions and kinds are added under the same number; what changes, changes it. */
#define LRC_ABI_VERSION 1
uint32_t lrc_abi_version(void);
const char* lrc_version(void); /* of the library, such as "0.1.0" */

/* The exit codes of the command line. */
typedef enum lrc_status {
  LRC_FINE = 0,
  LRC_REFUSED = 1,     /* the policy, the facts or the state do not fit */
  LRC_WRONG_CALL = 2,  /* an argument of the call */
  LRC_ENVIRONMENT = 3, /* a file, a library or the machine */
  LRC_LIMIT = 4,       /* a published limit */
  LRC_BUG = 70
} lrc_status;

/* What the last call of this thread that did not end well has to say, for a person. */
size_t lrc_last_error(char* buffer, size_t size);

/* ------------------------------------------------------------------------------------ policies */

typedef struct lrc_policy lrc_policy;

/* From a file, or from bytes: an artifact, or the text of a policy (a file's or one sentence). */
lrc_status lrc_policy_open(const char* path, lrc_policy** policy);
lrc_status lrc_policy_read(const void* bytes, size_t size, lrc_policy** policy);
void lrc_policy_release(lrc_policy* policy); /* its runs go on; NULL is fine */

typedef enum lrc_policy_text {
  LRC_POLICY_NAME = 0,      /* none for a sentence */
  LRC_POLICY_VERSION = 1,   /* in digits */
  LRC_POLICY_HASH = 2,      /* lrc1:… */
  LRC_POLICY_CANONICAL = 3, /* what the hash is taken of */
  LRC_POLICY_NEEDS = 4      /* what a run must bring, one a line */
} lrc_policy_text;
size_t lrc_policy_get(const lrc_policy* policy, lrc_policy_text what, char* buffer, size_t size);

/* ------------------------------------------------------------------------------------- binding */

typedef enum lrc_backend {
  LRC_FASTEST = 0, /* machine code, or the interpreter where there is none */
  LRC_INTERPRETER = 1,
  LRC_NATIVE = 2 /* refused where there is none */
} lrc_backend;

/* The facts of a run, as a person writes them. All of them together are meaning: they are in the
 * run's hash. */
typedef struct lrc_facts {
  size_t size;              /* sizeof(lrc_facts) */
  const char* run;          /* "100K steps"; NULL: the policy says it */
  const char* peak;         /* "3e-4", of lr */
  const char* batch;        /* "512 samples", per step */
  const char* const* rates; /* "1 epoch = 100 steps" */
  size_t rate_count;
  const char* const* parameters; /* "floor=1e-5" */
  size_t parameter_count;
  /* The names of the tensors that the optimizer updates: they are assigned to the policy's groups
   * by pattern. Without any, each group of the policy stands alone. */
  const char* const* names;
  size_t name_count;
  lrc_backend backend;
} lrc_facts;

typedef struct lrc_run lrc_run;
lrc_status lrc_bind(const lrc_policy* policy, const lrc_facts* facts, lrc_run** run);
void lrc_run_release(lrc_run* run); /* NULL is fine */

typedef enum lrc_run_text {
  LRC_RUN_POLICY = 0, /* its name */
  LRC_RUN_VERSION = 1,
  LRC_RUN_HASH = 2,
  LRC_RUN_RUN_HASH = 3,    /* of the policy and its facts */
  LRC_RUN_LAYOUT_HASH = 4, /* of what its saved state holds */
  LRC_RUN_FACTS = 5,       /* one a line */
  LRC_RUN_BACKEND = 6,     /* `native` or `interpreter` */
  LRC_RUN_AGREEMENT = 7,   /* what every process of a run must have alike, `key value` a line: the
                              hashes, the clock, the bits of the coming values, the modes of the
                              calling thread's arithmetic */
  LRC_RUN_REPORT = 9,      /* what the last lrc_load changed by its word */
  LRC_RUN_UPDATE = 8 /* the coming update as a line of JSON for a log: clock, values, phases */
} lrc_run_text;
size_t lrc_run_get(const lrc_run* run, lrc_run_text what, char* buffer, size_t size);

/* What a run has values of: outputs (`lr`, `weight_decay`) times groups. A group here is a set of
 * the policy's groups that apply to a tensor together; group 0 is that of tensors in none, and is
 * always there. */
size_t lrc_outputs(const lrc_run* run);
size_t lrc_groups(const lrc_run* run);
size_t lrc_output_name(const lrc_run* run, size_t output, char* buffer, size_t size);
size_t lrc_group_name(const lrc_run* run, size_t group, char* buffer, size_t size); /* "a+b" */
size_t lrc_group_of_name(const lrc_run* run, size_t name);  /* of lrc_facts.names[name] */
int64_t lrc_frozen_until(const lrc_run* run, size_t group); /* before this update its lr is 0 and
                                                               gradients may be turned off */
/* 1: the value is the same at every update, whatever rules see, so that it may be handed on once;
 * only a word of lrc_load takes a way to it. 0: it moves, or may. */
int lrc_is_constant(const lrc_run* run, size_t output, size_t group);
/* The same of every update from `from` on: whether the last value of a table stays behind it. */
int lrc_is_constant_from(const lrc_run* run, size_t output, size_t group, int64_t from);
int64_t lrc_updates(const lrc_run* run); /* of the run as planned; INT64_MAX: without an end */

/* ---------------------------------------------------------------------------------- evaluation */

/* How many updates are applied; the coming one uses the values at this number. */
int64_t lrc_step(const lrc_run* run);

/* The values of the coming update, output by output for group 0, then for group 1, …:
 * lrc_outputs(run) * lrc_groups(run) of them. */
void lrc_values(lrc_run* run, double* values);
double lrc_value(lrc_run* run, size_t output, size_t group);

/* What update `step` would use with rules at rest, wherever the clock stands. */
lrc_status lrc_evaluate(const lrc_run* run, int64_t step, double* values);
/* One value at `count` updates: first, first + stride, … */
lrc_status lrc_evaluate_range(const lrc_run* run, size_t output, size_t group, int64_t first,
                              int64_t stride, size_t count, double* values);

/* An update was applied. One that was skipped (an overflow of mixed precision) does not count. */
void lrc_advance(lrc_run* run);

/* ----------------------------------------------------------------------------------- reactions */

typedef enum lrc_outcome {
  LRC_ACCEPTED = 0,
  LRC_NOT_FINITE = 1,  /* taken; moved only rules that count what is not finite */
  LRC_DUPLICATE = 2,   /* this evaluation was taken already, with the same bits */
  LRC_OLDER = 3,       /* an evaluation before the last one: dropped */
  LRC_CONFLICTING = 4, /* the last evaluation again with other bits: nothing changed */
  LRC_UNKNOWN = 5      /* no rule observes this metric */
} lrc_outcome;

/* The metric had this value in its evaluation number `evaluation`, which rises by metric. What the
 * rules do acts on the coming update. Gives how many rules fired in `fired`, which may be NULL. A
 * metric that is NULL is LRC_UNKNOWN. */
lrc_outcome lrc_observe(lrc_run* run, const char* metric, double value, int64_t evaluation,
                        size_t* fired);

/* The oldest event that was not taken yet, as a line of JSON; 0: there is none. An event that does
 * not fit into `size` bytes stays. At most 1,024 wait; what came when the list was full is counted
 * in the next one. docs/events.md lists the kinds. */
size_t lrc_next_event(lrc_run* run, char* buffer, size_t size);

/* --------------------------------------------------------------------------------------- state */

/* The sealed record of where the run stands: text, closed by a checksum. */
size_t lrc_save(const lrc_run* run, char* buffer, size_t size);
/* Atomically: after a crash at any moment the file is the old one or the new one, and the one
 * before stays as `PATH.previous`. */
lrc_status lrc_save_file(lrc_run* run, const char* path);

/* Goes on from a record. One of another policy or of other facts is refused with a report of what
 * changed, unless `word` says how to go on: "keep", "rebind", "rewarm over 500 steps", "blend over
 * 500 steps", "rewind to 40000". NULL is no word. */
lrc_status lrc_load(lrc_run* run, const void* record, size_t size, const char* word);
/* Takes the generation before where the last one is damaged, and says so in an event. */
lrc_status lrc_load_file(lrc_run* run, const char* path, const char* word);

/* A record of lrc_save into a file as lrc_save_file does, by any thread: for who saves while the
 * trainer goes on. Tells no event. */
lrc_status lrc_write_record(const char* path, const void* record, size_t size);

/* For who compares LRC_RUN_AGREEMENT over processes: tells an event of kind `mismatch`. */
void lrc_disagree(lrc_run* run, int64_t rank, const char* what);

/* Whether a run is among the share ("10%") of runs that try a new policy first: by its name alone,
 * today and in every later release. By another `salt` (NULL is none) it falls elsewhere. */
lrc_status lrc_canary(const char* run_id, const char* share, const char* salt, int* chosen);

/* Why the values of update `step` are what they are, for a person. */
size_t lrc_explain(const lrc_run* run, int64_t step, char* buffer, size_t size);

#ifdef __GNUC__
#pragma GCC visibility pop
#endif
#ifdef __cplusplus
}
#endif

#endif
