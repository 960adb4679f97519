import ArgumentParser

struct CompletionCommand: AsyncParsableCommand {
  enum Shell: String, CaseIterable, ExpressibleByArgument { case bash, zsh, fish }

  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a shell's completion script.",
    discussion: "For bash: sallyport completion bash > /etc/bash_completion.d/sallyport")

  @Argument(help: "The shell.")
  var shell: Shell

  func run() async throws {
    let script =
      switch shell {
      case .bash: SallyportCommand.completionScript(for: .bash)
      case .zsh: SallyportCommand.completionScript(for: .zsh)
      case .fish: SallyportCommand.completionScript(for: .fish)
      }
    try await CommandContext.required().console.print(script)
  }
}
