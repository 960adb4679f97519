import ArgumentParser

struct ContextCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "context", abstract: "Groups of secrets and variables.",
    discussion: """
      A job gets the secrets and variables of the contexts that it names (--context), in their order, \
      and then those of the contexts that are attached to its pool, in the order in which they were \
      attached. Of a name that several have, the first counts; a job's own variables count before all. \
      A signed job gets no variables.
      """,
    subcommands: [
      ContextCreate.self, ContextList.self, ContextAttach.self, ContextDetach.self,
      ContextRemove.self,
    ])
}
