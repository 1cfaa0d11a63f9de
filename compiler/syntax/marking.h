#pragma once
// What is told apart before parsing, since it depends on more than the grammar sees at a place.

namespace antlr4 {
class CommonTokenStream;
}

namespace lrc::syntax {

// Fills the stream, and gives the commas of `at 30, 60, 80 epochs` and the `sample` of
// `sample start` the types of their own that the grammar declares.
void mark(antlr4::CommonTokenStream& tokens);

}  // namespace lrc::syntax
