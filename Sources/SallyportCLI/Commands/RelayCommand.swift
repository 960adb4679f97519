import ArgumentParser

struct RelayCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay", abstract: "Open relays between workers and VCS agents.",
    subcommands: [RelayList.self])
}
