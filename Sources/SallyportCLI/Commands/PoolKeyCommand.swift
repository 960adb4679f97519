import ArgumentParser

struct PoolKeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool-key", abstract: "The certified keys to which a pool's secrets are sealed.",
    subcommands: [PoolKeyPublish.self, PoolKeyList.self])
}
