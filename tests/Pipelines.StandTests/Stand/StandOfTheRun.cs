using NUnit.Framework;
using Pipelines.Testing.Stand;

namespace Pipelines.StandTests;

/// <summary>One stand for all tests of the run; a test that breaks something calls <see cref="FreshAsync"/> first, as everybody does.</summary>
[SetUpFixture]
public sealed class StandOfTheRun
{
    private static TestStand? _stand;

    [OneTimeSetUp]
    public async Task Start() => _stand = await TestStand.StartAsync(new StandOptions { RabbitMq = true }, TestContext.CurrentContext.CancellationToken);

    [OneTimeTearDown]
    public async Task Stop()
    {
        if (_stand is not null)
        {
            await _stand.DisposeAsync();
        }
    }

    /// <summary>An empty database, for a test that needs nothing else of the stand.</summary>
    internal static Task<string> DatabaseAsync(string name) =>
        (_stand ?? throw new InvalidOperationException("The stand did not start.")).CreateDatabaseAsync(name, TestContext.CurrentContext.CancellationToken);

    /// <summary>A copy of a database that nobody is connected to.</summary>
    internal static Task<string> CopyAsync(string database, string name) =>
        (_stand ?? throw new InvalidOperationException("The stand did not start.")).Postgres.CreateDatabaseAsync(
            name, new Npgsql.NpgsqlConnectionStringBuilder(database).Database, TestContext.CurrentContext.CancellationToken);

    /// <summary>Everything up, and the baseline on every Node-RED.</summary>
    internal static async Task<TestStand> FreshAsync()
    {
        var stand = _stand ?? throw new InvalidOperationException("The stand did not start.");
        await stand.ResetAsync(TestContext.CurrentContext.CancellationToken);
        return stand;
    }
}
