#if FAULT_HOOKS
using System.Collections.Concurrent;
using Pipelines.Contracts;

namespace Pipelines.Engine.Durable;

public static partial class CrashPoint
{
    /// <summary>
    /// The environment variable that names a folder, the tests' side of the hooks. Whoever passes a point notes it in the file <c>passed</c>, as
    /// "pipeline, tab, point". A line "pipeline, tab, point, tab, since" in the file <c>orders</c> holds that pipeline at the point, the first time it comes there
    /// after it has passed <c>since</c> (or at all), and it is noted in <c>held</c>. When the file <c>die</c> appears, the process dies at the points where it is
    /// held. What is on behalf of no pipeline has <see cref="Nobody"/> for one, and dies at once.
    /// </summary>
    public const string FolderVariable = "PIPELINES_CRASH_FOLDER";

    public const string Nobody = "*";

    private static readonly string? Folder = Environment.GetEnvironmentVariable(FolderVariable);
    private static readonly AsyncLocal<(string Scope, string Pipeline)?> Where = new();
    private static readonly ConcurrentDictionary<Guid, string> Conversations = new();
    private static readonly Dictionary<string, Order> Orders = new(StringComparer.Ordinal);
    private static readonly Lock Gate = new();
    private static string _read = "";

    /// <summary>Every kind of place there is.</summary>
    public static IReadOnlyList<string> Places { get; } =
    [
        "commit.before", "commit.after", "send.before", "send.after", "claimed", "delete.before", "delete.after", "call.before", "call.half", "call.sent",
        "call.after", "answer", "number.before", "number.after", "publish.before", "publish.after",
    ];

    /// <summary>Whether somebody may give orders.</summary>
    internal static bool IsArmed => Folder is not null;

    private static void Enter(string scope, string? pipeline)
    {
        if (IsArmed)
        {
            Where.Value = (scope, pipeline ?? Nobody);
        }
    }

    private static string? PipelineOf(Guid? conversation, object message)
    {
        if (!IsArmed || conversation is not { } id)
        {
            return null;
        }

        if (message is PromotionAccepted accepted)
        {
            Conversations[id] = accepted.Pipeline;
        }

        return Conversations.GetValueOrDefault(id);
    }

    private static void Pass(string place, string? about)
    {
        if (Folder is null)
        {
            return;
        }

        if (!Places.Contains(place))
        {
            throw new ArgumentException($"'{place}' is in no list. Add it to CrashPoint.Places.", nameof(place));
        }

        var (scope, pipeline) = Where.Value ?? ("elsewhere", Nobody);
        var point = $"{scope}: {place}{(about is null ? "" : $" {about}")}";
        bool due;
        lock (Gate)
        {
            Note("passed", pipeline, point);
            due = IsDue(pipeline, point);
            if (due)
            {
                Note("held", pipeline, point);
            }
        }

        if (due)
        {
            if (pipeline != Nobody)
            {
                WaitForTheEnd();
            }

            Environment.FailFast($"Died at '{point}', as told.");
        }
    }

    private static void Note(string file, string pipeline, string point) => File.AppendAllText(Path.Combine(Folder!, file), $"{pipeline}\t{point}\n");

    /// <summary>A held thread does nothing else, as if its process had died here already.</summary>
    private static void WaitForTheEnd()
    {
        using var never = new ManualResetEventSlim();
        while (!File.Exists(Path.Combine(Folder!, "die")))
        {
            never.Wait(TimeSpan.FromMilliseconds(5));
        }
    }

    private static bool IsDue(string pipeline, string point)
    {
        Read();
        if (!Orders.TryGetValue(pipeline, out var order))
        {
            return false;
        }

        order.Begun |= order.Since == point;
        if (!order.Begun || order.Point != point)
        {
            return false;
        }

        Orders.Remove(pipeline);
        return true;
    }

    private static void Read()
    {
        var file = Path.Combine(Folder!, "orders");
        var text = File.Exists(file) ? File.ReadAllText(file) : "";
        if (text == _read)
        {
            return;
        }

        // Those that cannot be held up must not wait for threads of a pool that grows slowly.
        ThreadPool.SetMinThreads(100, 100);
        _read = text;
        Orders.Clear();
        foreach (var parts in text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('\t')))
        {
            Orders[parts[0]] = new Order(parts[1], parts.Length > 2 ? parts[2] : null);
        }
    }

    private sealed record Order(string Point, string? Since)
    {
        public bool Begun { get; set; } = Since is null;
    }
}
#endif
