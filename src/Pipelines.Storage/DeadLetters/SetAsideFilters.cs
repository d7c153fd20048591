using System.Runtime.Serialization;
using MassTransit;
using MassTransit.Middleware;

namespace Pipelines.Storage.DeadLetters;

/// <summary>The end of an endpoint's way for a message that was given up, in place of a queue named <c>…_error</c>.</summary>
internal sealed class SetAsideFailed(SetAside aside) : IFilter<ExceptionReceiveContext>
{
    public async Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        var cause = context.Exception.GetBaseException();
        // A consumer may stumble over JSON too, and then the message itself could be read.
        var kind = cause is DeadlyMessageException ? DeadLetterKind.Deadly
            : context.Exception is SerializationException || context.Exception.InnerException is SerializationException ? DeadLetterKind.Unknown
            : DeadLetterKind.Failed;
        await aside.AsideAsync(context, kind, context.Exception, $"{cause.GetType().Name}: {cause.Message}");
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("setAside");
}

/// <summary>The same for a message that no consumer of the endpoint knows, in place of <c>…_skipped</c>.</summary>
internal sealed class SetAsideUnknown(SetAside aside) : IFilter<ReceiveContext>
{
    public async Task Send(ReceiveContext context, IPipe<ReceiveContext> next)
    {
        var types = string.Join(", ", Letter.Read(context.Body.GetBytes()).MessageTypes);
        await aside.AsideAsync(context, DeadLetterKind.Unknown, null,
            $"Nobody on this endpoint knows {(types.Length > 0 ? types : "what it says it is")}: it is of another version, or was sent here by mistake. Replay it when a version that knows it runs.");
        await next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("setAside");
}

/// <summary>A message was delivered so often without an end that it is likely to be what ends the process.</summary>
internal sealed class DeadlyMessageException(int deliveries)
    : Exception($"It was delivered {deliveries} times and never finished: the process may die of it. Look at the log of the last that had it, then replay or discard it.");

internal static class SetAsideExtensions
{
    public static void SetsAside(this IReceiveEndpointConfigurator endpoint, SetAside aside)
    {
        endpoint.ConfigureError(error =>
        {
            // Whoever asked and waits for an answer hears of it first.
            error.UseFilter(new GenerateFaultFilter());
            error.UseFilter(new SetAsideFailed(aside));
        });
        endpoint.ConfigureDeadLetter(unknown => unknown.UseFilter(new SetAsideUnknown(aside)));
    }
}
