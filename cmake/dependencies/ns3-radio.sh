# What ns3.sh lacks for the modules that RESHAKE_RADIO=1 adds.

# One of them, config-store, uses libxml2 unless it is told that there is none: that the search is disabled leaves this variable
# empty, which ns-3 takes for a find.
flags+=(-DLIBXML2_FOUND=OFF)
