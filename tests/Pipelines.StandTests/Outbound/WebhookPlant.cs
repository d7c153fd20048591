using System.Net;
using Dapper;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using Pipelines.Engine.Feed;
using Pipelines.Service.Outbound;
using Pipelines.Service.Wiring;
using Pipelines.Storage;
using Pipelines.Storage.Audit;
using Pipelines.Storage.Hosting;
using Pipelines.Storage.Migrations;
using Pipelines.Storage.Reading;
using Pipelines.Storage.Webhooks;

namespace Pipelines.ServiceTests.Outbound;

/// <summary>Webhooks out on a real database, without the rest of the service: events are written by the test, time is the test's, and each process is told when to look.</summary>
internal sealed class WebhookPlant : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    public const string OtherSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly string _database;
    private readonly List<ServiceProvider> _processes = [];
    private readonly List<Subscriber> _subscribers = [];
    private int _sequence;

    private WebhookPlant(string database) => _database = database;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 27, 6, 0, 0, TimeSpan.Zero));

    public WebhookSubscriptions Subscriptions => _processes[0].GetRequiredService<WebhookSubscriptions>();

    public WebhookDeliveries Deliveries => _processes[0].GetRequiredService<WebhookDeliveries>();

    /// <summary>How names resolve; else all of them to this machine.</summary>
    public Func<string, IPAddress[]> Resolve { get; set; } = _ => [IPAddress.Loopback];

    public static async Task<WebhookPlant> StartAsync(int processes = 1, bool allowsLoopback = true)
    {
        var plant = new WebhookPlant(await DatabaseOfTheRun.NewAsync());
        for (var i = 0; i < processes; i++)
        {
            plant._processes.Add(plant.NewProcess(allowsLoopback));
        }

        await plant._processes[0].GetRequiredService<MigrationRunner>().RunAsync(CancellationToken.None);
        await plant.ExecuteAsync("insert into feed_reader (reader, position, moved_at) values (@reader, 0, now())", new { reader = FeedReaders.Webhooks });
        return plant;
    }

    public async Task<Subscriber> SubscriberAsync()
    {
        var subscriber = await Subscriber.StartAsync();
        _subscribers.Add(subscriber);
        return subscriber;
    }

    /// <summary>Subscribes without asking whether that address may be called.</summary>
    public async Task<Guid> SubscribeAsync(Uri url, string[]? events = null, string[]? pipelines = null, string secret = Secret)
    {
        var id = Guid.NewGuid();
        await Subscriptions.AddAsync(new NewWebhook(id, url.AbsoluteUri, null, events ?? [], pipelines ?? [], secret), new Actor("a test"), CancellationToken.None);
        return id;
    }

    /// <summary>Something happens.</summary>
    /// <returns>The event's id.</returns>
    public async Task<string> HappensAsync(string @event = "promotion.succeeded", string pipeline = "line")
    {
        var promotion = Guid.NewGuid();
        var seq = Interlocked.Increment(ref _sequence);
        await ExecuteAsync(
            "insert into feed (promotion_id, seq, event, pipeline, at, line) values (@promotion, @seq, @event, @pipeline, @at, '{\"snapshotDigest\":\"d\"}')",
            new { promotion, seq, @event, pipeline, at = Time.GetUtcNow() });
        return $"{promotion:N}-{seq}";
    }

    /// <summary>Makes deliveries of all that has happened.</summary>
    public async Task DealAsync(int process = 0)
    {
        while (await _processes[process].GetRequiredService<WebhookFanOut>().DealAsync(CancellationToken.None) > 0)
        {
        }
    }

    public Task<int> TakeAsync(int process = 0, CancellationToken cancellationToken = default) => Dispatcher(process).TakeAsync(cancellationToken);

    public Task IdleAsync(int process = 0) => Dispatcher(process).IdleAsync();

    /// <summary>Deals, and sends until nothing is due.</summary>
    public async Task RoundAsync(int process = 0)
    {
        await DealAsync(process);
        while (await TakeAsync(process) > 0)
        {
            await IdleAsync(process);
        }
    }

    public Task CleanAsync() => _processes[0].GetRequiredService<Housekeeping>().CleanAsync(CancellationToken.None);

    public async Task<WebhookDelivery> OnlyDeliveryAsync(Guid subscription) => (await Deliveries.ListAsync(subscription, null, null, 10, CancellationToken.None)).Single();

    public async Task<WebhookSubscription> FindAsync(Guid subscription) => (await Subscriptions.FindAsync(subscription, null, CancellationToken.None))!;

    public async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        return connection;
    }

    public async Task ExecuteAsync(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(_database);
        await connection.ExecuteAsync(sql, arguments);
    }

    public async Task<T> AskAsync<T>(string sql, object? arguments = null)
    {
        await using var connection = new NpgsqlConnection(_database);
        return (await connection.QuerySingleAsync<T>(sql, arguments))!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var subscriber in _subscribers)
        {
            await subscriber.DisposeAsync();
        }

        foreach (var process in _processes)
        {
            await process.DisposeAsync();
        }
    }

    private WebhookDispatcher Dispatcher(int process) => _processes[process].GetRequiredService<WebhookDispatcher>();

    private ServiceProvider NewProcess(bool allowsLoopback)
    {
        var settings = new OutboundSettings(allowsLoopback ? [IPNetwork.Parse("127.0.0.0/8")] : [], AllowHttp: true, TimeSpan.FromSeconds(15));
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMetrics();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton<IBus>(_ => throw new InvalidOperationException("There is no bus here."));
        services.AddPipelinesStorage(storage => storage.ConnectionString = _database);
        services.AddPromotionStores();
        services.AddReading();
        services.AddSingleton<PromotionMetrics>();
        services.AddSingleton(settings);
        services.AddSingleton(new AddressGuard(settings, (host, _) => Task.FromResult(Resolve(host))));
        services.AddSingleton<WebhookBell>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<WebhookFanOut>();
        services.AddSingleton<WebhookDispatcher>();
        return services.BuildServiceProvider();
    }
}
