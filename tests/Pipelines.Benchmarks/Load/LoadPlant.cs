using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using Npgsql;
using Pipelines.Testing.Postgres;
using Pipelines.Testing.Stand.RabbitMq;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.Benchmarks.Load;

/// <summary>A service process on a database of its own, the targets it promotes to, and what is asked of both.</summary>
internal sealed class LoadPlant : IAsyncDisposable
{
    private const string Secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";
    private static int _databases;
    private readonly HttpClient _http;

    private LoadPlant(FakeTargets targets, string database, ServiceProcess service)
    {
        (Targets, Database, Service) = (targets, NpgsqlDataSource.Create(database), service);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = service.Url, Timeout = TimeSpan.FromMinutes(2) };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", service.AdminToken);
    }

    public FakeTargets Targets { get; }

    public NpgsqlDataSource Database { get; }

    public ServiceProcess Service { get; }

    public static async Task<LoadPlant> StartAsync(PostgresServer postgres, RabbitMqBroker? broker, FakeTargets targets, CancellationToken cancellationToken)
    {
        var database = await postgres.CreateDatabaseAsync($"load_{Interlocked.Increment(ref _databases)}", cancellationToken: cancellationToken);
        var service = await ServiceProcess.StartAsync(
            new ServiceOptions(database)
            {
                Definitions = targets.Folder,
                RabbitMq = broker?.ConnectionUri,
                Environment = new Dictionary<string, string?>
                {
                    ["FAKE_TOKEN"] = "fake-token",
                    ["Pipelines__Hooks__Default__Secrets__0"] = Secret,
                    // More than any load here, so that none is turned away by the rate and all are measured.
                    ["Pipelines__Hooks__Default__RatePerMinute"] = "1000000",
                    ["Logging__LogLevel__Default"] = "Warning",
                },
            },
            cancellationToken);
        return new LoadPlant(targets, database, service);
    }

    public async Task PromoteAsync(string pipeline, CancellationToken cancellationToken)
    {
        using var content = new StringContent($$"""{"pipeline":"{{pipeline}}"}""", Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync("/promotions", content, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"A promotion of the benchmark was refused: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    /// <returns>How long the answer took.</returns>
    public async Task<TimeSpan> PressAsync(string pipeline, CancellationToken cancellationToken)
    {
        using var delivery = new PromoteButton(Service.Url, pipeline, Secret).Delivery($"msg_{Guid.NewGuid():N}");
        var since = Stopwatch.GetTimestamp();
        using var answer = await _http.SendAsync(delivery, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"A webhook of the benchmark was refused: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }

        return Stopwatch.GetElapsedTime(since);
    }

    /// <summary>Waits until so many promotions have ended, all of them well.</summary>
    public async Task EndedAsync(int count, CancellationToken cancellationToken)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (await AskAsync<long>("select count(*) from promotion where ended_at is not null", cancellationToken) < count)
        {
            await pause.WaitForNextTickAsync(cancellationToken);
        }

        if (await AskAsync<string?>("select min(state || ': ' || coalesce(reason, '')) from promotion where state <> 'Succeeded'", cancellationToken) is { } other)
        {
            throw new InvalidOperationException($"A promotion of the benchmark did not succeed: {other}");
        }
    }

    public async Task<T> AskAsync<T>(string sql, CancellationToken cancellationToken)
    {
        await using var command = Database.CreateCommand(sql);
        var answer = await command.ExecuteScalarAsync(cancellationToken);
        return answer is null or DBNull ? default! : (T)answer;
    }

    /// <summary>Processor time of a process so far.</summary>
    public static TimeSpan ProcessorTime(int processId) => Process.GetProcessById(processId).TotalProcessorTime;

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await Service.DisposeAsync();
        await Database.DisposeAsync();
        await Targets.DisposeAsync();
    }
}
