# `make` builds the command line; `make test` and `make demo` install what they need, build and run.
# All of them may be called again: a second run starts in seconds.

BUILD ?= build
PYTHON := $(BUILD)/python
SECONDS ?= 30
# Of the differential test: policies that every backend computes; 1000000 is the long mode.
COUNT ?= 10000
# Of the fuzzer: 0 is another one each time.
SEED ?= 0
NINJA := ninja --quiet -C

# $(call configure,FOLDER,OPTIONS): the log is shown only when it fails, the summary always.
define configure
@mkdir -p $(1)
@cmake -S . -B $(1) -G Ninja $(2) > $(1)/configure.log 2>&1 || { cat $(1)/configure.log; exit 1; }
@sed -n '/^-- lrc /,/^-- Configuring/p' $(1)/configure.log | grep -v Configuring
endef
RELEASE := -DCMAKE_BUILD_TYPE=Release
# Found by the shell when the recipe runs: make would look before it is installed.
TORCH = -DLRC_TORCH=ON -DCMAKE_PREFIX_PATH=$$(cd $(PYTHON)/lib/python3*/site-packages/torch/share/cmake && pwd)

.PHONY: all test trainers prove-arithmetic differential gpu-tasks demo bench install format tidy fuzz sanitize clean

all:
	@scripts/install-packages cli
	$(call configure,$(BUILD),$(RELEASE))
	@$(NINJA) $(BUILD) lrc lrc_jit lrc_emit lrc_abi lrc_compiler

test:
	@scripts/install-packages test
	@scripts/install-torch $(PYTHON)
	@scripts/install-cuda-tools $(BUILD)/cuda-tools
	$(call configure,$(BUILD),$(RELEASE) -DLRC_TESTS=ON -DLRC_BENCH=ON -DLRC_PYTHON=ON $(TORCH))
	@$(NINJA) $(BUILD)
	@ctest --test-dir $(BUILD) --output-on-failure -j2

# The Python package in other people's trainers and loggers, and as a wheel under every Python there is.
trainers:
	@scripts/install-packages test
	@scripts/install-trainers $(PYTHON)
	$(call configure,$(BUILD),$(RELEASE) -DLRC_PYTHON=ON)
	@$(NINJA) $(BUILD) lrc_python lrc_compiler lrc_jit
	@for file in tests/python/trainers/*_test.py; do echo "$$file"; \
	  LRC_CACHE=off PYTHONPATH=$(abspath $(BUILD))/python_package $(PYTHON)/bin/python $$file \
	    $$(case $$file in *wheel*) echo $(abspath $(BUILD));; esac) || exit 1; done

# The long mode of the arithmetic's tests: ten million arguments for each function against MPFR and against the specification's own Python,
# every k/N of a hundred N up to 10^6, AArch64 whole. Prints the maxima of docs/measurements/arithmetic.md. Some ten minutes of a core.
prove-arithmetic:
	@scripts/install-packages test
	$(call configure,$(BUILD),$(RELEASE) -DLRC_TESTS=ON)
	@$(NINJA) $(BUILD) lrc lrc_jit arithmetic_test arithmetic_shapes_test arithmetic_bits
	@LRC_ARITHMETIC_ARGUMENTS=10000000 ctest --test-dir $(BUILD) -R '^arithmetic' --verbose --timeout 7200

# COUNT random policies; the backends that start compilers and linkers take turns.
differential:
	@scripts/install-packages test
	$(call configure,$(BUILD),$(RELEASE) -DLRC_TESTS=ON)
	@$(NINJA) $(BUILD) differential
	@python3 tests/differential/differential_test.py $(BUILD)/bin/differential --policies $(COUNT) --in-turn

# Into build/gpu, for tests/gpu/run.sh on a machine with a GPU: COUNT random policies with the interpreter's bits, artifacts, the library,
# the Python package, and examples/cuda_graph where there is an nvcc.
gpu-tasks:
	@scripts/install-packages test
	$(call configure,$(BUILD),$(RELEASE) -DLRC_TESTS=ON -DLRC_PYTHON=ON)
	@$(NINJA) $(BUILD) gpu_tasks lrc_emit lrc lrc_abi lrc_compiler lrc_python
	@if $(NINJA) $(BUILD) -t query digits_cuda > /dev/null 2>&1; then $(NINJA) $(BUILD) digits_cuda; fi
	@python3 tests/gpu/prepare.py $(BUILD) $(BUILD)/gpu $(COUNT)

demo:
	@scripts/install-packages demo
	@scripts/install-torch $(PYTHON)
	$(call configure,$(BUILD),$(RELEASE) $(TORCH))
	@$(NINJA) $(BUILD) lrc lrc_jit char_lm
	@examples/demo.sh $(BUILD)

bench:
	@scripts/install-packages bench
	@scripts/install-peers $(PYTHON)
	$(call configure,$(BUILD),$(RELEASE) -DLRC_BENCH=ON $(TORCH))
	@$(NINJA) $(BUILD) bench
	@bench/run.py $(BUILD)

install: all
	@cmake --install $(BUILD)

format:
	@git ls-files '*.cpp' '*.h' '*.c' | xargs clang-format-19 -i

# The files that differ from BASE (the last commit unless said).
BASE ?= HEAD
tidy:
	@scripts/install-packages tidy
	$(call configure,$(BUILD),$(RELEASE) -DLRC_TESTS=ON)
	@git diff --name-only --diff-filter=d $(BASE) -- '*.cpp' | xargs -r clang-tidy-19 --quiet -p $(BUILD)

# SECONDS of libFuzzer over everything from bytes to canonical text, with sanitizers. A unit parses several times, each some 14 times
# slower than the release, whose bound of a second is tested in tests/cli/limits_test.py.
fuzz:
	@scripts/install-packages test
	$(call configure,$(BUILD)-fuzz,$(RELEASE) -DCMAKE_CXX_COMPILER=clang++-19 -DCMAKE_C_COMPILER=clang-19 -DLRC_TESTS=ON -DLRC_FUZZ=ON -DLRC_SANITIZE=ON)
	@$(NINJA) $(BUILD)-fuzz fuzz_parse_to_check
	@mkdir -p $(BUILD)-fuzz/found
	@$(BUILD)-fuzz/bin/fuzz_parse_to_check -seed=$(SEED) -max_total_time=$(SECONDS) -timeout=30 -max_len=4096 -print_final_stats=1 \
	  -artifact_prefix=$(BUILD)-fuzz/found/ -dict=tests/fuzz/words.dict \
	  $(BUILD)-fuzz/found tests/accept tests/reject examples tests/format tests/fuzz/corpus

# Every test but torch's, built with AddressSanitizer and UndefinedBehaviorSanitizer. Under them -O2 takes twice as long to compile as -O1.
SANITIZED := -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_CXX_FLAGS_RELWITHDEBINFO="-O1 -g1 -DNDEBUG" -DCMAKE_C_FLAGS_RELWITHDEBINFO="-O1 -g1 -DNDEBUG"
sanitize:
	@scripts/install-packages test
	$(call configure,$(BUILD)-sanitize,$(SANITIZED) -DLRC_TESTS=ON -DLRC_SANITIZE=ON)
	@$(NINJA) $(BUILD)-sanitize
	@LRC_HOSTILE_SECONDS=10 ASAN_OPTIONS=detect_container_overflow=0 ctest --test-dir $(BUILD)-sanitize --output-on-failure -j2

clean:
	@rm -rf $(BUILD) $(BUILD)-fuzz $(BUILD)-sanitize
