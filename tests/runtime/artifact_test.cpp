// Artifacts: whole ones come back, and nothing else is read. Linked against the runtime alone.

#include "runtime/artifact/artifact.h"

#include <gtest/gtest.h>

#include <bit>
#include <fstream>

#include "runtime/artifact/program_bytes.h"
#include "tests/runtime/small_program.h"

namespace lrc::runtime {
namespace {

constexpr const char* canonical = "lrc1\noutput lr\n";

Program program_of(std::string_view text) {
  Program program = small_program();
  program.frozen_until = {0, 0};
  program.identity.hash = "lrc1:" + hex(sha256(text));
  program.identity.run_hash =
      "lrc1:" + hex(sha256(program.identity.hash + "\n" + program.identity.facts));
  return program;
}

// movabs $value, %rax; mov %rax, 0(%rsi); …; ret: writes the value to each of four slots.
std::string code_that_writes(double value) {
  std::string code(64, '\0');
  code[0] = 64;
  code += "\x48\xb8";
  const auto bits = std::bit_cast<std::uint64_t>(value);
  for (int k = 0; k < 8; ++k) code += static_cast<char>(bits >> (8 * k) & 0xff);
  for (const char offset : {'\0', '\x8', '\x10', '\x18'})
    code += std::string("\x48\x89\x46") + offset;
  return code + "\xc3";
}

CodeImage image(const std::string& target, const Program& program, double value = 0.25) {
  return {target, code_that_writes(value), sha256(write_program(program))};
}

ArtifactParts parts() {
  const Program program = program_of(canonical);
  return {"{}\n", canonical, program, {image("x86-64", program)}};
}

std::string error_of(std::string_view bytes) {
  const auto artifact = Artifact::read(bytes);
  return artifact ? "" : artifact.error();
}
std::string error_of(const ArtifactParts& made) { return error_of(Artifact::write(made)); }

// As a writer of lies would: the checksum is right.
std::string sealed(std::string bytes) {
  const std::string rest = bytes.substr(0, 32) + bytes.substr(64);
  const Digest digest = sha256(rest);
  return bytes.replace(32, 32, reinterpret_cast<const char*>(digest.data()), digest.size());
}

TEST(Artifact, WhatIsWrittenIsRead) {
  const std::string bytes = Artifact::write(parts());
  const auto artifact = Artifact::read(bytes);
  ASSERT_TRUE(artifact.has_value()) << artifact.error();
  EXPECT_EQ("{}\n", artifact->manifest());
  EXPECT_EQ(canonical, artifact->canonical());
  EXPECT_EQ(program_of(canonical).identity, artifact->program()->identity);
  EXPECT_EQ(artifact->hash(), artifact->program()->identity.hash);
  ASSERT_EQ(1U, artifact->code().size());
  EXPECT_EQ(parts().code[0].code, artifact->code()[0].code);
}

TEST(Artifact, TheSamePartsAreTheSameBytesInAnyOrder) {
  ArtifactParts one = parts();
  one.code.push_back(image("aarch64", *one.program));
  ArtifactParts other = parts();
  other.code.insert(other.code.begin(), image("aarch64", *one.program));
  EXPECT_EQ(Artifact::write(one), Artifact::write(other));
  EXPECT_EQ("", error_of(one));
}

TEST(Artifact, CodeLiesWhereAPageBegins) {
  const std::string bytes = Artifact::write(parts());
  EXPECT_EQ(0U, bytes.find(parts().code[0].code) % 4096);
}

TEST(Artifact, AScheduleOfItGivesTheProgramsValues) {
  const auto artifact = Artifact::read(Artifact::write(parts()));
  ASSERT_TRUE(artifact.has_value());
  Schedule expected(program_of(canonical));
  Schedule schedule(*artifact->program());
  for (int step = 0; step < 10; ++step) {
    const std::vector<double> values(expected.values().begin(), expected.values().end());
    EXPECT_EQ(values, std::vector<double>(schedule.values().begin(), schedule.values().end()));
    expected.advance();
    schedule.advance();
  }
}

TEST(Artifact, EveryTruncationIsRefused) {
  const std::string bytes = Artifact::write(parts());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    ASSERT_NE("", error_of(std::string_view(bytes).substr(0, size))) << size;
}

TEST(Artifact, EveryChangedBitIsRefused) {
  ArtifactParts small = parts();
  small.code.clear();  // whose zeros before it would take most of the time
  std::string bytes = Artifact::write(small);
  ASSERT_EQ("", error_of(bytes));
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    const char mask = static_cast<char>(1 << bit % 8);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
    ASSERT_NE("", error_of(bytes)) << bit;
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ mask);
  }
}

TEST(Artifact, ErrorsSayWhatIsWrong) {
  const std::string bytes = Artifact::write(parts());
  EXPECT_EQ("the artifact is empty", error_of(std::string_view()));
  EXPECT_EQ("the artifact is cut: it ends in its first line", error_of(bytes.substr(0, 5)));
  EXPECT_EQ("the artifact is cut: it ends in its head", error_of(bytes.substr(0, 40)));
  EXPECT_EQ("the artifact is cut: it has 100 of " + std::to_string(bytes.size()) + " bytes",
            error_of(bytes.substr(0, 100)));
  EXPECT_EQ("the artifact has 4 bytes behind its end", error_of(bytes + "tail"));
  EXPECT_EQ("this is not an artifact of lrc: it does not begin as one", error_of("warmup 6%"));
  std::string changed = bytes;
  changed.back() = 'x';
  EXPECT_NE(std::string::npos, error_of(changed).find("was changed after it was written"));
  std::string newer = bytes;
  newer[8] = 2;
  EXPECT_EQ(
      "this artifact has format 2, and this release reads 1: use the release that wrote it, or a "
      "later one",
      error_of(sealed(newer)));
}

TEST(Artifact, PartsThatDoNotBelongTogether) {
  const auto with = [](const auto& change) {
    ArtifactParts made = parts();
    change(made);
    return error_of(made);
  };
  EXPECT_EQ("the artifact has no canonical text", with([](auto& p) { p.canonical = ""; }));
  EXPECT_EQ("the program of the artifact is not that of its canonical text",
            with([](auto& p) { p.canonical += " "; }));
  EXPECT_EQ("the facts of the artifact are not those of its run hash",
            with([](auto& p) { p.program->identity.facts += " "; }));
  EXPECT_EQ("the artifact has code, but not the program that it computes",
            with([](auto& p) { p.program.reset(); }));
  EXPECT_EQ("the code for x86-64 in the artifact is that of another program",
            with([](auto& p) { p.program->reals[0] = 2; }));
  EXPECT_EQ("the artifact has code for x86-64 twice, or out of order",
            with([](auto& p) { p.code.push_back(p.code[0]); }));
  EXPECT_EQ("the artifact has code for no target",
            with([](auto& p) { p.code[0].target = "x 86"; }));
}

TEST(Artifact, WhatVerifyRefusesIsRefused) {
  ArtifactParts made = parts();
  made.program->codes[2][2].a = 2;
  EXPECT_EQ(
      "the artifact cannot be used: code 2 of its bound program reads a register that is not "
      "written yet",
      error_of(made));
}

TEST(Artifact, OnlyOneWayOfWritingIsRead) {
  std::string bytes = Artifact::write(parts());
  bytes[64 + 24] = 'x';  // a target of the manifest
  EXPECT_EQ("the artifact is whole, but it is not written as this release writes",
            error_of(sealed(bytes)));
  bytes = Artifact::write(parts());
  bytes[64] = 9;  // a kind of section
  EXPECT_EQ("the artifact has a part of a kind that this release does not know",
            error_of(sealed(bytes)));
  bytes = Artifact::write(parts());
  bytes[64 + 15] = 1;  // an offset far behind the end
  EXPECT_EQ("the artifact has a part outside of it", error_of(sealed(bytes)));
}

TEST(Artifact, TargetsWithinTheirLimit) {
  ArtifactParts made = parts();
  made.code.clear();
  for (std::size_t k = 0; k < maximum_targets; ++k)
    made.code.push_back(image(std::string("t") + static_cast<char>('a' + k), *made.program));
  EXPECT_EQ("", error_of(made));
  made.code.push_back(image("tz", *made.program));
  EXPECT_EQ("the artifact has more parts than there can be", error_of(made));
  made = parts();
  made.code[0].target = std::string(maximum_target_bytes, 't');
  EXPECT_EQ("", error_of(made));
}

TEST(Artifact, CodeRuns) {
  if (!runs_here("x86-64")) GTEST_SKIP() << "the code of this test is for x86-64";
  const auto artifact = Artifact::read(Artifact::write(parts()));
  ASSERT_TRUE(artifact.has_value());
  const auto code = artifact->native();
  ASSERT_TRUE(code.has_value()) << code.error();
  Schedule schedule(*artifact->program(), code->values());
  EXPECT_EQ(std::vector<double>(4, 0.25),
            std::vector<double>(schedule.values().begin(), schedule.values().end()));
}

TEST(Artifact, NoMemoryIsWritableAndExecutable) {
  if (!runs_here("x86-64")) GTEST_SKIP() << "the code of this test is for x86-64";
  const auto code = NativeCode::map(code_that_writes(1));
  ASSERT_TRUE(code.has_value()) << code.error();
  std::ifstream maps("/proc/self/maps");
  const auto address = reinterpret_cast<std::uintptr_t>(code->values()) - 64;
  bool found = false;
  for (std::string line; std::getline(maps, line);) {
    EXPECT_EQ(std::string::npos, line.find(" rwx")) << line;
    found = found ||
            (std::stoull(line, nullptr, 16) == address && line.find(" r-xp ") != std::string::npos);
  }
  EXPECT_TRUE(found);
}

TEST(Artifact, CodeWithoutAFunctionIsNotRun) {
  std::string code = code_that_writes(1);
  for (const std::size_t entry : {std::size_t{0}, std::size_t{63}, code.size()}) {
    code[0] = static_cast<char>(entry);
    EXPECT_EQ("the code does not say where its function begins", NativeCode::map(code).error());
  }
  EXPECT_FALSE(NativeCode::map("").has_value());
}

TEST(Artifact, TheBestCodeForThisMachineIsTaken) {
  if (!runs_here("x86-64")) GTEST_SKIP() << "the code of this test is for x86-64";
  ArtifactParts made = parts();
  made.code = {image("aarch64", *made.program), image("x86-64", *made.program, 1.0)};
  const double best = machine_target() == "x86-64" ? 1.0 : 2.0;
  if (best == 2.0) made.code.push_back(image(machine_target(), *made.program, best));
  const auto artifact = Artifact::read(Artifact::write(made));
  ASSERT_TRUE(artifact.has_value()) << artifact.error();
  double values[4] = {};
  artifact->native()->values()(0, values, nullptr);
  EXPECT_EQ(best, values[0]);
}

TEST(Artifact, CodeForOthersOrOfAnotherArithmeticIsNotRun) {
  ArtifactParts made = parts();
  made.code = {image("z80", *made.program)};
  auto artifact = Artifact::read(Artifact::write(made));
  ASSERT_TRUE(artifact.has_value());
  EXPECT_NE(std::string::npos, artifact->native().error().find("no code for this machine"));
  if (!runs_here("x86-64")) GTEST_SKIP() << "the rest of this test is for x86-64";
  made.code = {image("x86-64", *made.program)};
  made.code[0].arithmetic[0] ^= 1;
  artifact = Artifact::read(Artifact::write(made));
  ASSERT_TRUE(artifact.has_value());
  EXPECT_NE(std::string::npos, artifact->native().error().find("another arithmetic"));
}

}  // namespace
}  // namespace lrc::runtime
