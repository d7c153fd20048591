using System.Text.Json;
using Pipelines.Testing.Stand;
using Pipelines.Testing.Stand.NodeRed;
using Pipelines.Testing.Stand.Service;

namespace Pipelines.StandTests.Promotions;

/// <summary>The stand of the run with a service of its own on it, and the promote button pressed for it.</summary>
internal sealed class RealPlant : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly string _secret = PromoteButton.NewSecret();

    private RealPlant(TestStand stand) => Stand = stand;

    public TestStand Stand { get; }

    public StandDefinitions Definitions { get; private set; } = null!;

    public ServiceProcess Service { get; private set; } = null!;

    public PromotionClient Promotions { get; private set; } = null!;

    public NodeRedProcess Development => Stand.Development;

    public NodeRedProcess A => Stand.Production[0];

    public NodeRedProcess B => Stand.Production[1];

    public static async Task<RealPlant> StartAsync(string rollout = Quick, bool rabbitMq = false, IReadOnlyList<NodeRedProcess>? replicas = null)
    {
        var plant = new RealPlant(await StandOfTheRun.FreshAsync());
        plant.Definitions = StandDefinitions.Write(plant.Development, replicas ?? plant.Stand.Production.Replicas, rollout);
        plant.Service = await ServiceProcess.StartAsync(new ServiceOptions(await plant.Stand.CreateDatabaseAsync("promotions"))
        {
            Definitions = plant.Definitions.Folder,
            RabbitMq = rabbitMq ? plant.Stand.Broker.ConnectionUri : null,
            Environment = new Dictionary<string, string?>(plant.Definitions.Environment) { [$"Pipelines__Hooks__{StandDefinitions.Pipeline}__Secrets__0"] = plant._secret },
        });
        plant.Promotions = new PromotionClient(plant.Service);
        return plant;
    }

    public const string Quick =
        "soak: 0s, retries: { attempts: 10, firstDelay: 100ms, maxDelay: 500ms }, restoreRetries: { attempts: 60, firstDelay: 100ms, maxDelay: 300ms }, "
        + "deadlines: { answer: 40s, wave: 3m, stage: 10m }";

    public Task<Uri> PressAsync(string? id = null) => Promotions.PressAsync(new PromoteButton(Service.Url, StandDefinitions.Pipeline, _secret), id);

    public async Task<Uri> PromoteAsync(string flows)
    {
        await Development.Admin.DeployAsync(flows);
        return await PressAsync();
    }

    public async Task<JsonElement> WaitForAsync(Uri promotion, params string[] states)
    {
        try
        {
            return await Promotions.WaitForAsync(promotion, Patience, CancellationToken.None, states);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Service.LogTail()}", e);
        }
    }

    /// <summary>Waits until a replica of the promotion is in that state.</summary>
    public Task ReplicaIsAsync(Uri promotion, string replica, params string[] states) =>
        Until.TrueAsync(
            $"{replica} to be {string.Join(" or ", states)}",
            async token =>
            {
                var seen = await Promotions.GetAsync(promotion, token);
                return seen.GetProperty("replicas").EnumerateArray().Any(x => x.GetProperty("replica").GetString() == replica && states.Contains(x.GetProperty("state").GetString()))
                    ? null
                    : seen.GetRawText();
            },
            Patience);

    public Task PipelineIsAsync(Func<JsonElement, bool> condition, string what) =>
        Until.TrueAsync(
            what,
            async token => await Promotions.GetAsync(new Uri($"/pipelines/{StandDefinitions.Pipeline}", UriKind.Relative), token) is var seen && condition(seen) ? null : seen.GetRawText(),
            Patience);

    public Task ProblemsSayAsync(string words) =>
        Until.TrueAsync(
            "the mistake in the file to be shown",
            async token => (await Promotions.GetAsync(new Uri("/pipelines", UriKind.Relative), token)).GetProperty("problems").GetRawText() is var seen && seen.Contains(words, StringComparison.Ordinal) ? null : seen,
            Patience);

    public Task<string[]> RevisionsAsync() => Stand.Production.RevisionsAsync();

    public async ValueTask DisposeAsync()
    {
        Promotions?.Dispose();
        await (Service?.DisposeAsync() ?? ValueTask.CompletedTask);
        Definitions.Dispose();
    }
}
