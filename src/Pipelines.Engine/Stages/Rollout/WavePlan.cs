using Pipelines.Contracts;

namespace Pipelines.Engine.Stages.Rollout;

/// <summary>How many replicas each wave takes, from first to last; together they are all replicas, and no wave is larger than <paramref name="MaxUnavailable"/> (I4).</summary>
public sealed record WavePlan(IReadOnlyList<int> Sizes, int MaxUnavailable)
{
    /// <exception cref="ArgumentException">The settings do not fit that many replicas; definitions are checked for it when they are loaded.</exception>
    public static WavePlan For(RolloutSettings settings, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(replicas);
        var refusals = new List<string>();
        return TryLay(settings, replicas, (_, text) => refusals.Add(text)) ?? throw new ArgumentException(string.Join(' ', refusals), nameof(settings));
    }

    /// <summary>The plan, or null. <paramref name="refuse"/> gets the path of a setting and the sentence against it; without a number of replicas, only what no number could cure.</summary>
    internal static WavePlan? TryLay(RolloutSettings settings, int? replicas, Action<string, string> refuse)
    {
        var refused = false;
        void Refuse(string path, string text)
        {
            refused = true;
            refuse(path, text);
        }

        var waves = Waves(settings.Waves, Refuse);
        if (WaveSize.Parse(settings.MaxUnavailable) is not { IsRest: false } most)
        {
            Refuse(nameof(settings.MaxUnavailable), $"'maxUnavailable' is a number from 1 or a percentage such as 25%, not '{settings.MaxUnavailable}'.");
            return null;
        }

        if (refused || replicas is not { } count)
        {
            return null;
        }

        var limit = most.Of(count);
        if (count > 1 && limit >= count)
        {
            Refuse(
                nameof(settings.MaxUnavailable),
                $"with maxUnavailable {settings.MaxUnavailable} all of the target's {Replicas(count)} may be down together, which is an outage. Write at most {count - 1}.");
            return null;
        }

        var sizes = Lay(waves, count, limit, Refuse);
        return refused ? null : new(sizes, limit);
    }

    private static List<WaveSize> Waves(IReadOnlyList<string> texts, Action<string, string> refuse)
    {
        var waves = new List<WaveSize>();
        foreach (var (index, text) in texts.Index())
        {
            var wave = WaveSize.Parse(text);
            if (wave is null)
            {
                refuse(Path(index), $"a wave is a number from 1, a percentage such as 50%, or rest as the last, not '{text}'.");
            }
            else if (wave is { IsRest: true } && index < texts.Count - 1)
            {
                refuse(Path(index), "'rest' takes all replicas that are left, so it can only be the last wave. Put it last.");
            }

            waves.Add(wave ?? new WaveSize(1, 0));
        }

        if (texts.Count == 0)
        {
            refuse(nameof(RolloutSettings.Waves), "'waves' is empty. Write at least one, such as [1].");
        }

        return waves;
    }

    private static List<int> Lay(List<WaveSize> waves, int replicas, int limit, Action<string, string> refuse)
    {
        var sizes = new List<int>();
        var left = replicas;
        var last = 1;
        foreach (var (index, wave) in waves.Index())
        {
            if (left == 0)
            {
                refuse(Path(index), $"the waves before it take all of the target's {Replicas(replicas)}. Take this one out.");
                return sizes;
            }

            last = wave.IsRest ? left : wave.Of(replicas);
            if (last > replicas)
            {
                refuse(Path(index), $"a wave of {last} is more than the target's {Replicas(replicas)}. Write at most {limit}.");
                return sizes;
            }

            if (last > limit)
            {
                refuse(Path(index), $"a wave of {last} is larger than maxUnavailable ({limit}). Make it smaller, or raise maxUnavailable.");
                return sizes;
            }

            sizes.Add(Math.Min(last, left));
            left -= sizes[^1];
        }

        while (left > 0)
        {
            sizes.Add(Math.Min(last, left));
            left -= sizes[^1];
        }

        return sizes;
    }

    private static string Path(int index) => $"{nameof(RolloutSettings.Waves)}[{index}]";

    private static string Replicas(int count) => count == 1 ? "1 replica" : $"{count} replicas";
}
