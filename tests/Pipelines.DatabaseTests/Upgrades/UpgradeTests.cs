using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;
using Pipelines.DatabaseTests.Promotions;
using Pipelines.Storage;
using Pipelines.Storage.Migrations;
using Pipelines.Testing;

namespace Pipelines.DatabaseTests.Upgrades;

/// <summary>
/// A database as the version that knew migrations up to 0002 left it when it was stopped: one promotion has ended, one is in the middle of its second replica
/// with the question out, one waits in the target's line. Recorded from that version, not made up.
/// </summary>
internal sealed partial class UpgradeTests
{
    private static readonly Guid Ended = new("08df4c27-f30f-055a-cca1-e651ae1f0000");
    private static readonly Guid Rolling = new("08df4c27-f442-a66b-cca1-e651ae1f0000");
    private static readonly Guid Waiting = new("08df4c27-f45d-9f18-cca1-e651ae1f0000");
    private static readonly DateTimeOffset RecordedAt = new(2026, 11, 27, 1, 44, 21, TimeSpan.Zero);

    [Test]
    public async Task Promotions_that_the_version_before_started_finish_on_this_one()
    {
        await using var plant = await PromotionPlant.StartAsync(3, database: async (development, replicas) =>
        {
            development.DeployForeign(PromotionPlant.Flows("v4"));
            replicas[0].DeployForeign(PromotionPlant.Flows("v3"));
            replicas[1].DeployForeign(PromotionPlant.Flows("v2"));
            replicas[2].DeployForeign(PromotionPlant.Flows("v2"));
            return await LeftByAsync("0002", [development, .. replicas]);
        });

        await plant.WaitForAsync(Rolling, "Succeeded");
        await plant.WaitForAsync(Waiting, "Succeeded");

        Assert.That(await plant.AskAsync<string>("select state from promotion where id = @Ended", new { Ended }), Is.EqualTo("Succeeded"));
        Assert.That(plant.Replicas.Select(replica => replica.Revision), Is.All.EqualTo(FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows("v4")).Digest));
        Assert.That(
            plant[1].Deploys.Select(deploy => deploy.Revision),
            Is.EqualTo(new[] { "v3", "v4" }.Select(version => FakeNodeRed.AsNodeRedWrites(PromotionPlant.Flows(version)).Digest)),
            "v3, which was out when the version before was stopped, and v4");
        Assert.That(await plant.AskAsync<int>("select count(*)::int from dead_letter"), Is.Zero, "every message that was on its way could be read");
    }

    private static async Task<string> LeftByAsync(string version, IEnumerable<FakeNodeRed> instances)
    {
        var database = await Cluster.NewDatabaseAsync();
        var runner = new MigrationRunner(new PipelinesStorageOptions { ConnectionString = database }, NullLogger<MigrationRunner>.Instance);
        var known = Query.Migrations().Where(migration => string.CompareOrdinal(migration.Name[..4], version) <= 0);
        await runner.RunAsync([.. known.Select(migration => new Migration(migration.Name, migration.Text))], CancellationToken.None);

        var recorded = await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Upgrades", "recorded", $"{version}.sql"));
        var age = TimeProvider.System.GetUtcNow() - RecordedAt;
        await using var connection = new NpgsqlConnection(database);
        await connection.ExecuteAsync(string.Join('\n', recorded.Select(line => AsOfToday(line, age, instances))));
        return database;
    }

    /// <summary>What was recorded, with the instances where they are now and as if it had been stopped this moment. The timeline is history: its hashes cover its times.</summary>
    private static string AsOfToday(string line, TimeSpan age, IEnumerable<FakeNodeRed> instances)
    {
        if (line.StartsWith("INSERT INTO public.promotion_event", StringComparison.Ordinal))
        {
            return line;
        }

        var today = (string text) => instances.Aggregate(
            Moment().Replace(text, moment => (DateTimeOffset.Parse(moment.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal) + age)
                .ToString($"yyyy-MM-dd{moment.Groups["t"].Value}HH:mm:ss.ffffff", CultureInfo.InvariantCulture)),
            (changed, instance) => changed.Replace($"{{{{{instance.Name}}}}}", instance.FlowsUrl.Authority, StringComparison.Ordinal));
        // A message's body is bytes; compressed flows are too, and start otherwise.
        return today(BodyInHex().Replace(line, body =>
            $"'\\x{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(today(Encoding.UTF8.GetString(Convert.FromHexString(body.Groups["hex"].Value)))))}'"));
    }

    [GeneratedRegex(@"\d{4}-\d\d-\d\d(?<t>[T ])\d\d:\d\d:\d\d(\.\d+)?", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Moment();

    [GeneratedRegex(@"'\\x(?<hex>7b[0-9a-f]+)'", RegexOptions.NonBacktracking)]
    private static partial Regex BodyInHex();
}
