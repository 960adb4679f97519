import ArgumentParser

struct PoolCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pool", abstract: "Worker pools and VCS pools.",
    subcommands: [
      PoolCreate.self, PoolList.self, PoolUpdate.self, PoolPause.self, PoolResume.self,
      PoolCycle.self, PoolRevoke.self,
    ])
}
