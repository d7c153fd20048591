namespace Pipelines.Cli;

/// <summary>What was given is no flows; the message says so in a sentence.</summary>
internal sealed class UnusableInputException(string message) : Exception(message);
