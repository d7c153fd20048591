#if FAULT_HOOKS
using Npgsql;
using Pipelines.Engine.Durable;
using Pipelines.StandTests.Fire.Auditing;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.StandTests.Fire;

/// <summary>
/// A service process that can be told where to die, on a database of its own, and lanes to promote on, which survive it. Every lane is held at a point of its own; then the
/// process dies, at all of them.
/// </summary>
internal sealed class FirePlant : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _secret = PromoteButton.NewSecret();
    private readonly string _folder = Directory.CreateTempSubdirectory("pipelines-fire-").FullName;
    private readonly List<Lane> _lanes = [];

    public ServiceProcess Service { get; private set; } = null!;

    public NpgsqlDataSource Database { get; private set; } = null!;

    public IReadOnlyList<Lane> Lanes => _lanes;

    /// <summary>What callers were told.</summary>
    public List<Receipt> Receipts { get; } = [];

    public static async Task<FirePlant> StartAsync(string database, Uri? broker, int forth, int back, int hold = 0)
    {
        var plant = new FirePlant { Database = NpgsqlDataSource.Create(database) };
        foreach (var (way, count) in new[] { (Way.Forth, forth), (Way.Back, back), (Way.Hold, hold) })
        {
            for (var i = 0; i < count; i++)
            {
                plant._lanes.Add(await Lane.StartAsync($"{way.ToString().ToLowerInvariant()}-{i}", way));
            }
        }

        await plant.WriteDefinitionsAsync();
        plant.Service = await ServiceProcess.StartAsync(new ServiceOptions(database)
        {
            Definitions = plant._folder,
            RabbitMq = broker,
            Environment = new Dictionary<string, string?>
            {
                ["Pipelines__Hooks__Default__Secrets__0"] = plant._secret,
                ["FAKE_TOKEN"] = "fake-token",
                // Every lane may be held within a decision.
                ["Pipelines__DecisionsAtOnce"] = "64",
                [CrashPoint.FolderVariable] = plant._folder,
            },
        });
        return plant;
    }

    /// <summary>The points that a promotion on this lane passes when nothing dies, and those that are on behalf of nobody meanwhile, each in the order of its first passing.</summary>
    public async Task<IReadOnlyList<(string Pipeline, string Point)>> RecordAsync(Lane lane)
    {
        Forget();
        await PromoteAsync(lane);
        await EndAsync(lane);
        await QuietAsync();
        return [.. Noted("passed").Distinct()];
    }

    /// <summary>Presses the button of a lane, for something new.</summary>
    public async Task PromoteAsync(Lane lane)
    {
        lane.Begin();
        await PressAsync(lane);
    }

    /// <summary>Waits until a promotion that cannot go on has called people.</summary>
    public Task CallAsync(Lane lane) => Until.TrueAsync(
        $"promotion {lane.Promotion} of {lane.Name} to need attention",
        async token =>
        {
            await using var command = Database.CreateCommand("select state from promotion where id = $1");
            command.Parameters.Add(new() { Value = lane.Promotion });
            return await command.ExecuteScalarAsync(token) is "NeedsAttention" ? null : "not yet";
        },
        Patience,
        () => Service.LogTail());

    /// <summary>Holds each of these lanes at its point, and then ends the process there.</summary>
    /// <param name="orders">Lane, point, and the point that comes before it.</param>
    /// <param name="atLast">A point that is on behalf of nobody, for the process to die at while the others are held; null is none.</param>
    /// <param name="driver">The lane whose promotion brings it there.</param>
    public async Task DieAsync(IReadOnlyCollection<(Lane Lane, string Point, string? Since)> orders, string? atLast = null, Lane? driver = null)
    {
        Forget();
        var lines = orders.Select(order => $"{order.Lane.Name}\t{order.Point}{(order.Since is null ? "" : $"\t{order.Since}")}").ToList();
        await OrderAsync(lines);
        var pressed = orders.Select(order => order.Lane).Select(lane => TryPressAsync(lane)).ToList();
        await Until.TrueAsync(
            "every lane to be held at its point",
            () =>
            {
                var held = Noted("held").Select(x => x.Pipeline).ToHashSet(StringComparer.Ordinal);
                var missing = orders.Where(order => !held.Contains(order.Lane.Name)).Select(order => $"{order.Lane.Name} at '{order.Point}'").ToList();
                return !Service.IsRunning ? throw new InvalidOperationException($"The process ended by itself. {Service.LogTail()}")
                    : missing.Count == 0 ? null
                    : $"not yet: {string.Join(", ", missing)}";
            },
            Patience,
            () => $"passed last: {string.Join("; ", Noted("passed").TakeLast(60))}\n{Service.LogTail()}");
        if (atLast is null)
        {
            await File.WriteAllTextAsync(InFolder("die"), "");
        }
        else
        {
            await OrderAsync([$"{CrashPoint.Nobody}\t{atLast}"]);
            pressed.Add(TryPressAsync(driver!));
        }

        await Until.TrueAsync("the process to die", () => Service.IsRunning ? "alive" : null, Patience, () => Service.LogTail());
        await Task.WhenAll(pressed);
        Forget();
        await Service.StopAsync();
        await Service.StartAgainAsync();
        // A platform presses again until it is answered, with the same id.
        foreach (var lane in orders.Select(order => order.Lane).Concat(driver is null ? [] : [driver]))
        {
            await PressAsync(lane);
        }
    }

    /// <summary>Waits for the end of what the lane's last press started.</summary>
    /// <returns>The state it ended in.</returns>
    public async Task<string> EndAsync(Lane lane)
    {
        var state = "";
        await Until.TrueAsync(
            $"promotion {lane.Promotion} of {lane.Name} to end",
            async token =>
            {
                await using var command = Database.CreateCommand("select state, ended_at is not null from promotion where id = $1");
                command.Parameters.Add(new() { Value = lane.Promotion });
                await using var reader = await command.ExecuteReaderAsync(token);
                await reader.ReadAsync(token);
                state = reader.GetString(0);
                return reader.GetBoolean(1) ? null : state;
            },
            Patience,
            () => Service.LogTail());
        return state;
    }

    /// <summary>Waits until nothing is left to do: no message, no timer, no deadline (I11), no event to pass on.</summary>
    public Task QuietAsync() => Until.TrueAsync(
        "nothing to be left over",
        async token =>
        {
            await using var command = Database.CreateCommand(
                """
                select concat_ws(', ',
                    (select nullif(count(*), 0) || ' in the outbox, to ' || min(destination) from outbox),
                    (select nullif(count(*), 0) || ' sagas with a deadline' from saga where deadline_at is not null),
                    (select nullif(count(*), 0) || ' places in line' from target_line),
                    (select nullif(count(*), 0) || ' locks held' from target_lock where stage_id is not null),
                    (select nullif(count(*), 0) || ' events for ' || min(reader) from feed, feed_reader where number is null or number > position))
                """);
            return await command.ExecuteScalarAsync(token) is string { Length: > 0 } left ? left : null;
        },
        Patience,
        () => Service.LogTail());

    public async ValueTask DisposeAsync()
    {
        await Service.DisposeAsync();
        await Database.DisposeAsync();
        foreach (var lane in _lanes)
        {
            await lane.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }

    private async Task PressAsync(Lane lane, CancellationToken cancellationToken = default)
    {
        using var client = new PromotionClient(Service);
        var location = await client.PressAsync(new PromoteButton(Service.Url, lane.Name, _secret), lane.Key, cancellationToken);
        lane.Promotion = Guid.Parse(location.OriginalString.Split('/')[^1]);
        Receipts.Add(new Receipt(lane.Key, lane.Promotion));
    }

    private async Task TryPressAsync(Lane lane)
    {
        lane.Begin();
        try
        {
            await PressAsync(lane);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It died meanwhile, or holds the answer.
        }
    }

    // Renamed into place: a reader must not see half of them.
    private async Task OrderAsync(IEnumerable<string> lines)
    {
        await File.WriteAllLinesAsync(InFolder("orders.new"), lines);
        File.Move(InFolder("orders.new"), InFolder("orders"), overwrite: true);
    }

    private void Forget()
    {
        foreach (var file in new[] { "passed", "held", "orders", "die" })
        {
            File.Delete(InFolder(file));
        }
    }

    private IEnumerable<(string Pipeline, string Point)> Noted(string file) =>
        File.Exists(InFolder(file)) ? [.. File.ReadAllLines(InFolder(file)).Select(line => line.Split('\t')).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1]))] : [];

    private string InFolder(string name) => Path.Combine(_folder, name);

    private async Task WriteDefinitionsAsync()
    {
        await File.WriteAllTextAsync(InFolder("instances.yaml"), $"instances:\n{string.Concat(_lanes.Select(lane => lane.Instances))}");
        foreach (var lane in _lanes)
        {
            await File.WriteAllTextAsync(InFolder($"{lane.Name}.pipeline.yaml"), lane.Pipeline);
        }
    }
}
#endif
