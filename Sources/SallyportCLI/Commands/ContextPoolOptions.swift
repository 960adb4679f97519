import ArgumentParser

/// A context and the worker pool that it is attached to.
struct ContextPoolOptions: ParsableArguments {
  @Argument(help: "Name of the context.")
  var name: String

  @Option(help: "The worker pool.")
  var pool: String
}
