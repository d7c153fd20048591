using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Npgsql;
using NUnit.Framework;
using Pipelines.Testing;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.Clients;
using Pipelines.Testing.Stand.RabbitMq;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.ServiceTests.Bus;

/// <summary>The service as processes that can be killed, a broker that can be killed, fake Node-REDs to promote on, and a client that is not .NET.</summary>
internal sealed class BusPlant : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("pipelines-bus-").FullName;
    private readonly List<FakeNodeRed> _nodeReds = [];
    private readonly List<ServiceProcess> _services = [];
    private readonly List<HttpClient> _clients = [];
    private readonly Dictionary<string, string?> _settings;
    private string _database = "";

    private BusPlant(RabbitMqBroker broker, Dictionary<string, string?> settings) => (Broker, _settings) = (broker, settings);

    public RabbitMqBroker Broker { get; }

    public ServiceProcess this[int index] => _services[index];

    public FakeNodeRed Development => _nodeReds[0];

    public IReadOnlyList<FakeNodeRed> Replicas => _nodeReds[1..];

    public NodeClient Client { get; private set; } = null!;

    public static async Task<BusPlant> StartAsync(int services = 1, params (string Name, string Value)[] settings)
    {
        var plant = new BusPlant(await RabbitMqBroker.StartAsync(), settings.ToDictionary(x => x.Name, x => (string?)x.Value, StringComparer.Ordinal));
        try
        {
            await plant.StartRestAsync(services);
            return plant;
        }
        catch
        {
            await plant.DisposeAsync();
            throw;
        }
    }

    public async Task<Guid> PromoteAsync(int service = 0, string pipeline = "line")
    {
        using var response = await _clients[service].PostAsJsonAsync("promotions", new { pipeline });
        Assert.That((int)response.StatusCode, Is.EqualTo(202), await response.Content.ReadAsStringAsync());
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    public Task EndAsync(Guid promotion, string state = "Succeeded") => Until.TrueAsync(
        $"promotion {promotion} to end as {state}",
        async _ => await AskAsync<string>("select state || coalesce(' ' || reason, '') from promotion where id = @promotion", new { promotion }) is var seen && seen.StartsWith(state, StringComparison.Ordinal) ? null : seen,
        TimeSpan.FromSeconds(90),
        () => this[0].LogTail());

    public async Task<JsonElement> GetAsync(string path) => await _clients[0].GetFromJsonAsync<JsonElement>(path);

    public async Task<T> AskAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(_database);
        return (await connection.QuerySingleAsync<T>(sql, arguments))!;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await connection.ExecuteAsync(sql);
    }

    /// <param name="stillWaiting">What it still waits for; null when it is there.</param>
    public Task UntilAsync(string what, Func<Task<string?>> stillWaiting, TimeSpan patience) =>
        Until.TrueAsync(what, async _ => await stillWaiting(), patience, () => this[0].LogTail());

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>What the timeline says that others must have heard, in its order.</summary>
    public async Task<IReadOnlyList<string>> TimelineAsync(Guid promotion)
    {
        await using var connection = await OpenAsync();
        return [.. await connection.QueryAsync<string>(
            "select replace(promotion_id::text, '-', '') || '-' || seq from promotion_event where promotion_id = @promotion and feed_event(type, data) is not null order by seq", new { promotion })];
    }

    /// <summary>The ids of the events about a promotion as they came, repeats included.</summary>
    public IReadOnlyList<string> HeardOf(Guid promotion) =>
        [.. Client.SaidWith("event").Where(x => x.GetProperty("headers").GetProperty("cloudEvents_subject").GetString() == promotion.ToString()).Select(x => x.GetProperty("id").GetString()!)];

    /// <summary>Waits until the client has heard a promotion to its end, and compares with the timeline: all of it, in order.</summary>
    /// <param name="repeats">Whether some may have come again, in order, as after a kill.</param>
    public async Task HeardToItsEndAsync(Guid promotion, bool repeats = false)
    {
        var timeline = await TimelineAsync(promotion);
        await Client.UntilAsync($"the last event of {promotion}, which is {timeline[^1]}", _ => HeardOf(promotion).Contains(timeline[^1]));
        var heard = HeardOf(promotion);
        Assert.That(heard.Distinct(), Is.EqualTo(timeline), "each in the order of the timeline the first time that it comes");
        if (!repeats)
        {
            Assert.That(heard, Is.Unique);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Client is not null)
        {
            await Client.DisposeAsync();
        }

        _clients.ForEach(x => x.Dispose());
        await Task.WhenAll(_services.Select(x => x.DisposeAsync().AsTask()));
        await Task.WhenAll(_nodeReds.Select(x => x.DisposeAsync().AsTask()));
        await Broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartRestAsync(int services)
    {
        _database = await DatabaseOfTheRun.NewAsync();
        var development = await FakeNodeRed.StartAsync("dev", o => o.Flows = ServiceUnderTest.Flows("v2"));
        _nodeReds.Add(development);
        for (var i = 0; i < 2; i++)
        {
            _nodeReds.Add(await FakeNodeRed.StartAsync($"r{i}", o => o.Flows = ServiceUnderTest.Flows("v1")));
        }

        await File.WriteAllTextAsync(Path.Combine(_folder, "instances.yaml"), ServiceUnderTest.Instances(development, [.. _nodeReds[1..]]));
        await File.WriteAllTextAsync(Path.Combine(_folder, "line.pipeline.yaml"), ServiceUnderTest.Pipeline("line"));
        await File.WriteAllTextAsync(Path.Combine(_folder, "other-line.pipeline.yaml"), ServiceUnderTest.Pipeline("other-line"));
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "held-line.pipeline.yaml"), ServiceUnderTest.Pipeline("held-line").Replace("soak: 0s,", "soak: 0s, onFailure: hold,", StringComparison.Ordinal));
        foreach (var (name, policy) in ((string, string)[])[("superseding-line", "supersede"), ("rejecting-line", "reject")])
        {
            var text = ServiceUnderTest.Pipeline(name).Replace("stages:", $"whenBusy: {policy}\nstages:", StringComparison.Ordinal);
            await File.WriteAllTextAsync(Path.Combine(_folder, $"{name}.pipeline.yaml"), text);
        }

        for (var i = 0; i < services; i++)
        {
            var service = await ServiceProcess.StartAsync(new ServiceOptions(_database)
            {
                Name = $"engine {i}",
                Definitions = _folder,
                RabbitMq = Broker.ConnectionUri,
                Environment = new Dictionary<string, string?>(_settings, StringComparer.Ordinal) { [ServiceUnderTest.FakeTokenVariable] = "fake-token" },
            });
            _services.Add(service);
            var client = new HttpClient { BaseAddress = service.Url };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.AdminToken);
            _clients.Add(client);
        }

        Client = await NodeClient.StartAsync("bus.mjs", Broker.ConnectionUri.ToString());
        await Client.TellAsync(new { @do = "listen", queue = "dashboard", keys = new[] { "#" } });
        await Client.UntilAsync("the client to listen", said => said.Any(x => x.TryGetProperty("listening", out _)));
    }
}
